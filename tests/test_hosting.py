"""What hosting is made of fits together: the lock the requirements, the container what is there, the proxies what they must deny."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from starlette.routing import Match

from cx.share import access, metrics, roles, routes
from deploy import audit

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
NGINX = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
CADDY = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def requirements(*names: str) -> list[Requirement]:
    lines = [line.split(" #")[0].strip() for name in names for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pinned() -> dict[str, str]:
    return {canonicalize_name(name): found for name, found in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", LOCK, re.M)}


# --- The lock


@pytest.mark.parametrize("wanted", requirements("requirements.txt", "deploy/container.in"), ids=str)
def test_the_lock_satisfies_every_requirement(wanted):
    assert wanted.specifier.contains(pinned()[canonicalize_name(wanted.name)])


@pytest.mark.parametrize("name", ["authlib", "psycopg-binary", "starlette", "uvicorn"])
def test_the_lock_holds_what_extras_and_streamlit_bring(name):
    assert name in pinned()


def test_every_package_of_the_lock_is_pinned_by_hashes():
    entries = re.split(r"\n(?=[A-Za-z])", re.sub(r"(?m)^\s*#.*\n", "", LOCK).strip())
    assert len(entries) == len(pinned()) > 50
    for entry in entries:
        assert re.match(r"\S+==\S+( ; .*)? \\\n", entry), entry[:60]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:60]


def test_no_file_of_hosting_names_a_registry():
    for text in (LOCK, DOCKERFILE, COMPOSE, (ROOT / "Makefile").read_text()):
        assert not re.search(
            r"index-url|find-links [^-]|trusted-host|--extra-index", text.replace("--no-emit-index-url", "")
        )
        assert not re.search(r"https?://(?!127\.0\.0\.1|localhost|\$\{FELICIFIC_HOST)", text)


# --- The container


def directive(name: str) -> list[str]:
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE))
    return re.findall(rf"(?m)^{name} +(.*)$", joined)


def test_the_container_runs_without_root_in_a_folder_of_its_own():
    assert directive("USER") == ["felicific"] and "useradd --uid 10001" in DOCKERFILE.split("FROM ")[-1]
    assert DOCKERFILE.index("\nUSER ") > DOCKERFILE.index("COPY . .")  # what is copied belongs to root
    assert directive("WORKDIR") == ["/app"] and directive("VOLUME") == ["/data"]
    assert "CX_HOME=/data" in directive("ENV")[0]


def test_packages_come_before_the_program_and_as_the_lock_says():
    first, rest = DOCKERFILE.split("COPY . .")
    assert (
        "COPY requirements.lock" in first
        and "--require-hashes -r requirements.lock" in first
        and "pip install" not in rest
    )
    assert "--only-binary :all:" in first and not re.search(r"apt-get|gcc|build-essential", DOCKERFILE)


def test_no_installer_is_left_in_the_image():
    final = DOCKERFILE.split("FROM ")[-1]
    assert "pip uninstall --yes pip" in final and "bin/pip uninstall --yes pip" in DOCKERFILE


class Health(BaseHTTPRequestHandler):
    """Answers at the address of health, and nowhere else."""

    def do_GET(self):
        self.send_response(200 if self.path == "/_stcore/health" else 404)
        self.end_headers()

    def log_message(self, *_words):
        """Says nothing."""


def test_the_health_check_tells_a_server_from_none():
    (check,) = directive("HEALTHCHECK")
    words = json.loads(check[check.index("CMD ") + 4 :])
    address = f"127.0.0.1:{directive('EXPOSE')[0]}"
    assert words[:2] == ["python", "-c"] and f"http://{address}/_stcore/health" in words[2]

    def code(port: int) -> int:
        return subprocess.run(
            [sys.executable, "-c", words[2].replace(address, f"127.0.0.1:{port}")], capture_output=True
        ).returncode

    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        assert code(port) == 0
        server.shutdown()
    assert code(port) != 0


def test_the_command_names_a_program_and_options_there_are():
    (command,) = directive("CMD")[-1:]
    words = json.loads(command)
    assert words[:3] == ["streamlit", "run", "app.py"] and (ROOT / words[2]).is_file()
    from streamlit import config

    for word in words[3:]:
        name, value = re.fullmatch(r"--([\w.]+)=(.*)", word).groups()
        assert name in config.get_config_options()
        assert name != "server.port" or value == directive("EXPOSE")[0]


def ignored(path: str) -> bool:
    """Whether .dockerignore leaves a path out (as far as its patterns go: names, and `**/` before a last part)."""
    from fnmatch import fnmatch

    lines = [line for line in (ROOT / ".dockerignore").read_text().split("\n") if line and not line.startswith("#")]
    parts = Path(path).parts
    return any(
        any(fnmatch(part, line[3:]) for part in parts) if line.startswith("**/")
        else "/".join(parts[: line.count("/") + 1]) == line
        for line in lines
    )  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [".env", ".streamlit/secrets.toml", "data/key", "data/records.db", ".git/config", "a/tls.pem", "tests/made.py"],
)
def test_secrets_and_data_stay_out_of_the_image(path):
    assert ignored(path)


@pytest.mark.parametrize(
    "path",
    ["app.py", "requirements.lock", ".streamlit/config.toml", "cx/cli.py", "pages/overview.py", "docs/kpis.md",
     "cx/store/migrations/versions/0001_first.py", "sample_data/relationship_survey.csv", "cx/locale/de/LC_MESSAGES/felicific.po"],
)  # fmt: skip
def test_what_the_program_needs_is_in_the_image(path):
    assert not ignored(path)


def test_everything_the_package_reads_is_in_the_image():
    listed = subprocess.run(
        ["git", "ls-files", "cx", "pages", "docs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split()
    if listed.returncode or not names:
        pytest.skip("not a check-out of git")
    left_out = [name for name in names if ignored(name)]
    assert all(name.startswith(("docs/img/", "docs/decisions/")) for name in left_out)


def test_the_compose_file_holds_no_secret():
    for name in ("POSTGRES_PASSWORD", "CX_PASSWORD_HASH", "CX_METRICS_TOKEN"):
        for value in re.findall(rf"(?m)^\s+{name}: (.*)$", COMPOSE):
            assert value.startswith("${" + name)
    assert "postgresql://felicific:${POSTGRES_PASSWORD" in COMPOSE
    for line in (".env", ".streamlit/secrets.toml"):
        assert line in (ROOT / ".gitignore").read_text().splitlines()


def test_only_the_proxy_is_reached_from_outside():
    services = dict(
        re.findall(r"(?m)^  (\w+):\n((?:    .*\n|\n)+)", COMPOSE.split("services:\n")[1].split("\nnetworks:")[0] + "\n")
    )
    assert set(services) == {"felicific", "database", "caddy"}
    assert [name for name, text in services.items() if "ports:" in text] == ["caddy"]
    assert f"felicific:{directive('EXPOSE')[0]}" in services["caddy"]


# --- The proxies


def nginx_denies(path: str) -> bool:
    ((pattern, body),) = re.findall(r"location ~\* (\S+) \{(.*?)\}", NGINX, re.S)
    assert "return 404;" in body
    return bool(re.search(pattern, path, re.I))


def caddy_denies(path: str) -> bool:
    (line,) = re.findall(r"@inside path (.*)", CADDY)
    assert "respond @inside 404" in CADDY
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), path, re.I) for each in line.split())


@pytest.mark.parametrize("denies", [nginx_denies, caddy_denies])
def test_proxies_keep_numbers_inside(denies):
    inside = ["/_stcore/metrics", "/_STCORE/METRICS", "/_stcore/metrics/"]
    inside += [route.path for route in metrics.ROUTES]
    assert all(map(denies, inside))
    needed = [
        "/",
        "/overview",
        "/_stcore/stream",
        "/_stcore/health",
        "/_stcore/host-config",
        "/_stcore/upload_file/x",
        "/metricsx",
    ]
    assert not any(map(denies, [*needed, "/s/abc", "/login", "/logout"]))


@pytest.mark.parametrize("text", [NGINX, CADDY])
def test_proxies_let_uploads_through(text):
    (megabytes,) = re.findall(r"(?:client_max_body_size|max_size) (\d+)", text)
    assert SETTINGS["server"]["maxUploadSize"] < int(megabytes) <= SETTINGS["server"]["maxUploadSize"] * 1.1


def test_nginx_passes_on_what_the_websocket_needs():
    for header in (
        "Host              $http_host",
        "Upgrade           $http_upgrade",
        "Connection        $felicific_connection",
    ):
        assert f"proxy_set_header {header};" in NGINX
    assert "proxy_http_version 1.1;" in NGINX
    for name in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"):
        assert name in access.FORWARDING and re.search(rf"(?i)proxy_set_header {name}\s", NGINX)
    assert "$proxy_add_x_forwarded_for;" not in NGINX


def test_nginx_logs_no_secret():
    (form,) = re.findall(r"log_format felicific '(.*)';", NGINX)
    assert not set(re.findall(r"\$\w+", form)) & {
        "$request", "$request_uri", "$args", "$query_string", "$uri", "$http_referer", "$http_cookie", "$document_uri"
    }  # fmt: skip
    (pattern,) = re.findall(r"(?s)map \$uri \$felicific_path \{\s*~\*(\S+) /s/;", NGINX)
    assert re.search(pattern, "/s/token") and not re.search(pattern, "/static/js/main.js")
    assert set(re.findall(r"access_log +(\S+) ?(\w*);", NGINX)) == {
        ("off", ""),
        ("/var/log/nginx/felicific.log", "felicific"),
    }
    assert {level for _, level in re.findall(r"error_log +(\S+) (\w+);", NGINX)} == {
        "crit"
    }  # lower ones quote the request


def test_caddy_logs_no_secret():
    ((pattern, instead),) = re.findall(r'request>uri regexp "(.*)" "(.*)"', CADDY)
    for address in (
        "/s/T0KEN",
        "/s/T0KEN?x=1",
        "/%73/T0KEN",
        "//s/T0KEN",
        "/S%2fT0KEN",
        "/?t=T0KEN",
        "/trends?t=T0KEN&d=x",
    ):
        assert "T0KEN" not in re.sub(pattern, instead, address)
    assert re.sub(pattern, instead, "/static/js/main.js") == "/static/js/main.js"
    for field in ("request>headers", "resp_headers"):
        assert f"{field} delete" in CADDY


def test_the_address_of_links_is_the_one_the_logs_leave_out():
    scope = {"type": "http", "method": "GET", "path": "/s/T0KEN"}
    assert any(route.matches(scope)[0] is Match.FULL for route in routes.ROUTES)


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx here")
def test_nginx_takes_the_file(tmp_path):
    """Certificates of its own, no privileged ports, folders that may be written."""
    made = ["-subj", "/CN=localhost", "-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made], check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("no openssl here")
    site = NGINX.replace("/etc/ssl/felicific", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    folders = " ".join(
        f"{kind}_temp_path {tmp_path / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path / 'pid'}; events {{}} http {{ {folders} {site} }}")
    done = subprocess.run(
        ["nginx", "-t", "-c", str(whole), "-p", str(tmp_path), "-e", str(tmp_path / "log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("caddy"), reason="no Caddy here")
def test_caddy_takes_the_file(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "FELICIFIC_HOST": "x.example", "FELICIFIC_UPSTREAM": "a:1 b:2"}
    done = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", ROOT / "deploy/Caddyfile"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# --- Examples


def test_the_example_of_secrets_is_read_as_streamlit_reads_it():
    auth = tomllib.loads((ROOT / ".streamlit/secrets.example.toml").read_text(encoding="utf-8"))["auth"]
    assert {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"} <= set(auth)
    assert auth["redirect_uri"].endswith("/oauth2callback") and auth["client_secret"] == auth["cookie_secret"] == "…"


def test_the_example_of_roles_gives_the_roles_it_says(home, monkeypatch):
    monkeypatch.setenv("CX_ROLES", str(ROOT / "deploy/roles.example.toml"))

    def who(email: str, *groups: str):
        return roles.principal({"email": email, "email_verified": True, "groups": list(groups)})

    assert who("ann@firm.example").role == "admin" and who("eve@firm.example").role == "viewer"
    assert who("eve@firm.example", "cx-team").role == "analyst"
    assert who("bob@agency.example", "cx-team").datasets == {"shop", "app-reviews"}


# --- The audit of the lock


def test_a_known_vulnerability_fails_the_audit(monkeypatch):
    found = [
        {"name": "a", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": ["CVE-1"]}]}
    ]
    told = audit.verdict(found)
    assert told.failed and "a 1.0: PYSEC-1, mended in 1.1" in told.lines
    monkeypatch.setattr(audit, "ACCEPTED", {"CVE-1": "not reached"})
    assert not audit.verdict(found).failed


def test_data_that_is_not_reachable_fails_nothing_and_is_said():
    told = audit.verdict([{"name": "a", "skip_reason": "not found"}])
    assert not told.failed and told.lines == [audit.skipped("the data on vulnerabilities is not reachable from here")]
    partly = audit.verdict([{"name": "a", "skip_reason": "x"}, {"name": "b", "version": "1", "vulns": []}])
    assert not partly.failed and partly.lines[-1].endswith("0 known vulnerabilities, 1 packages could not be asked for")


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", "{}"])
def test_an_audit_that_cannot_ask_fails_nothing(monkeypatch, capsys, answer):
    monkeypatch.setattr(
        subprocess, "run", lambda *args, **how: subprocess.CompletedProcess(args, 1, answer, "ERROR: no such host\n")
    )
    assert audit.main() == 0 and "skipped" in capsys.readouterr().out


def test_the_lock_is_of_the_streamlit_the_tests_run_with():
    assert pinned()["streamlit"].split(".")[:2] == version("streamlit").split(".")[:2]


# --- The page on hosting


def test_every_variable_of_the_program_is_in_the_table():
    code = [ROOT / "app.py", *(ROOT / "cx").rglob("*.py")]
    used = {name for path in code for name in re.findall(r'"(CX_[A-Z_]+)"', path.read_text(encoding="utf-8"))}
    table = (ROOT / "docs/hosting.md").read_text(encoding="utf-8").split("## Settings")[1].split("\n## ")[0]
    told = set(
        re.findall(r"`(CX_[A-Z_]+)`", "\n".join(row.split("|")[1] for row in table.splitlines() if row.startswith("|")))
    )
    assert used == told


def test_files_the_page_names_are_there():
    page = (ROOT / "docs/hosting.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:deploy|\.streamlit)/[\w./]+)`", page):
        assert (ROOT / name).exists() or name == ".streamlit/secrets.toml", name


def test_streamlit_does_not_ask_the_network_for_its_address():
    """It does so at its start, and before it refuses a foreign origin, unless an address is set."""
    assert SETTINGS["browser"]["serverAddress"] == "localhost"
