"""Feedback: bring files in, correct what was found, follow the import; the datasets there are."""

from cx.ui import frame, here, holdings, importing, say
from cx.view import wording

about = here.current()
frame.dropped(about)
say.headline(wording.of("Bring your customers' feedback in"))
if about.principal.may_write():
    importing.finished()
    importing.upload(about.principal)
    importing.waiting(about.principal)
else:
    say.quiet(wording.of("Imports are switched off here."))
say.quiet(wording.of("Datasets"))
holdings.listing(about.principal)
