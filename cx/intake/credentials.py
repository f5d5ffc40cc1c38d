"""Secrets and e-mail addresses in a text: passwords and tokens in links, keys, addresses plain and spelled out."""

import re

from cx.intake.personal import Finder, any_of, before, words_of

# A name alone ("my password never came") is no secret, and without "=" the value must hold digits ("my password is wrong").
_NAMED = r"""(?:[a-z_\-]{0,20}(?:token|secret|passw(?:or)?d|passwort|pwd|api[_\-]?key|access[_\-]?key(?:[_\-]?id)?|secret[_\-]?key)
    |contraseña|mot\ de\ passe|senha|wachtwoord)"""
_IN_LINKS = r"(?:[a-z_\-]{0,20}(?:signature|session_?id|credential|authorization|auth|sig|sid|jwt|key|code|pass|otp))"

_CREDENTIALS = re.compile(r"(?<=://)(?!\[)[^\s/@:]{0,64}:[^\s/@]{1,256}(?=@)")
_PARAMETER = re.compile(rf"(?<=[?&\#;])(?P<name>(?:{_NAMED}|{_IN_LINKS})=)(?!\[)[^\s&\#;\"'<>]+", re.I | re.X)
_ASSIGNED = re.compile(rf"""(?<![^\W_])(?P<name>{_NAMED}["']?\s?=\s?["']?)(?!\[)[^\s&\#;,"'<>]{{4,}}""", re.I | re.X)
_TOLD = re.compile(
    rf"""(?<![^\W_])(?P<name>{_NAMED}["']?(?:\s?:|\s(?:is|was|ist|war|est|es|è|é)\b:?)\s{{0,2}}["']?)
    (?=[^\s,;"']*\d)(?=[^\s,;"']*[^\W\d_])[^\s,;"'\[\]]{{5,}}[^\s,;"'\[\].!?]""",
    re.I | re.X,
)
_BEARER = re.compile(
    r"(?P<name>\b(?:bearer|basic|apikey|authorization:\s?\w{1,12})\s)(?=[\w\-.=+/~]*\d)[\w\-.=+/~]{7,}[\w\-=+/~]", re.I
)
_KEY = re.compile(
    r"""\beyJ[\w\-]{8,}\.[\w\-]{4,}(?:\.[\w\-]*)?
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b | \bAIza[\w\-]{30,} | \bya29\.[\w\-]{20,} | \bSG\.[\w\-]{16,}\.[\w\-]{16,}
    | \b(?:[sprw]k|whsec|gh[opsur]|github_pat|glpat|xox[a-z]|hf|npm|shpat|dop_v1|pypi)[_\-](?=[\w\-]*\d)[\w\-]{16,}
    | -----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY-----[\w+/=\s\\:,]{0,8000}(?:-----END\ [A-Z ]{0,40}-----)?""",
    re.X,
)

_AT = r"(?:@\s?|%40|\s?[(\[{<]\s?(?:at|ät|@|arroba|arobase)\s?[)\]}>]\s?)"
_POINT = r"(?:dot|punkt|punto|point|ponto)"
_BRACKET_DOT = rf"\s?[(\[{{<]\s?(?:{_POINT}|\.)\s?[)\]}}>]\s?"
_DOT = rf"(?:\.|{_BRACKET_DOT}|\s{_POINT}\s)"
_LABEL = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
_EMAIL = re.compile(
    rf"""(?:mailto:)?(?:"[^"\s@]{{1,64}}"|\w[\w.+\-'%&!\#$*=?^~]{{0,63}}(?:{_BRACKET_DOT}\w{{1,64}}){{0,3}}){_AT}
    (?:{_LABEL}{_DOT}){{1,8}}(?:xn--[a-z0-9\-]{{2,59}}|[^\W\d_]{{2,24}})""",
    re.I | re.X,
)
_SPOKEN = re.compile(
    rf"""(?<![\w.+\-])(?P<local>\w(?:[\w.+\-]{{0,62}}\w)?(?:\s{_POINT}\s\w{{1,64}}){{0,3}})
    \s{{1,2}}(?:(?P<at>at|@|ät)|arroba|arobase|chiocciola)\s{{1,2}}
    (?P<host>[\w\-]{{1,63}}(?:(?:\.|\s{_POINT}\s)[\w\-]{{1,63}}){{0,3}}?)
    (?P<dot>\.|\s(?(at)(?:dot|punkt)|{_POINT})\s)(?:{any_of("email", "domains")})\b(?![.\-]\w)""",
    re.I | re.X,
)
_CUE_SPELLED = re.compile(rf"\b(?:{any_of('email', 'cues', 'weak_cues')})\b[^.!?\n]{{0,30}}$", re.I)
_CUE = re.compile(rf"\b(?:{any_of('email', 'cues')})\b[^.!?\n]{{0,30}}$", re.I)
_CUE_AFTER = re.compile(r"\s{0,2}(?:is|ist) (?:my|the|meine) (?:e-?mail|address|adresse)", re.I)
_HOST = re.compile(any_of("email", "hosts"), re.I)
_NO_NAME = words_of("email", "nobody")


_MARK = re.compile(r"[@=]|//|%40|[(\[{<]\s?(?:[aä]t|arro|aro)|basic |bearer |authorization")
_NAMED_MARKS = ("passw", "pwd", "token", "secret", "senha", "contrase", "wachtw", "mot de p", "api_", "api-", "apik", "access_", "access-k",
                "accessk", "access k", "private key")  # fmt: skip
_KEY_MARKS = ("akia", "asia", "aiza", "eyj", "ya29.", "sg.", "sk-", "sk_", "pk_", "rk_", "wk_", "whsec", "ghp_", "gho_", "ghs_", "ghu_",
              "ghr_", "github_pat", "glpat", "xox", "hf_", "npm_", "shpat", "dop_", "pypi-")  # fmt: skip
SHORTEST_KEY = 16
"""Characters of the shortest key that is told by its beginning."""

_AT_A_HOST = re.compile(r" (?:at|ät) {1,2}[\w\-]+(?:\.\w| dot | punkt )")
_FOREIGN_MARKS = ("arroba ", "arobase ", "chiocciola ")


def may_hold(text: str, digits: bool = True) -> bool:
    """Whether there is any of the marks that secrets and addresses have: a quick look, for most texts the only one.

    A text without `digits` can hold fewer of them.
    """
    low = text.lower()
    if _MARK.search(low) or _AT_A_HOST.search(low) or any(map(low.__contains__, _FOREIGN_MARKS)):
        return True
    if not digits:
        return False
    if any(map(low.__contains__, _NAMED_MARKS)):
        return True
    return max(map(len, low.split()), default=0) >= SHORTEST_KEY and any(map(low.__contains__, _KEY_MARKS))


def _secret(match: re.Match[str]) -> str:
    return match.groupdict().get("name", "") + "[secret]"


def _email(match: re.Match[str]) -> str:
    return "[email]"


def _spoken(match: re.Match[str]) -> str | None:
    """ "name at example dot com" with care: people also shop at example dot com."""
    name, told = match["local"].lower(), match["dot"] != "."
    structured = bool(re.search(rf"[a-z].*[._+]|\s{_POINT}\s", name)) or (told and bool(re.search(r"[a-z].*\d", name)))
    if not match["at"] or structured or (_HOST.fullmatch(match["host"]) and name not in _NO_NAME):
        return "[email]"
    announced = (_CUE_SPELLED if told else _CUE).search(before(match, 40)) or _CUE_AFTER.match(
        match.string, match.end()
    )
    alone = told and match.string.strip() == match[0]
    return "[email]" if (announced or alone) and name not in _NO_NAME else None


FINDERS = (
    Finder("secret", _CREDENTIALS, _secret),
    Finder("secret", _PARAMETER, _secret),
    Finder("secret", _ASSIGNED, _secret),
    Finder("secret", _TOLD, _secret),
    Finder("secret", _BEARER, _secret),
    Finder("secret", _KEY, _secret),
    Finder("email", _EMAIL, _email),
    Finder("email", _SPOKEN, _spoken),
)
