"""Links: the dashboards that were shared, what each shows, until when, and how often it was opened."""

from cx.store import links
from cx.ui import frame, linking, say
from cx.view import wording

about = frame.without_data()
found = links.listed(about.asker)
still = sum(link.state == links.OPEN for link in found)
say.headline(wording.counted("{n} link is open", "{n} links are open", still))
if not found:
    say.empty(
        wording.of("Nothing is shared yet."),
        wording.of("Go to the page you want others to see and choose Share in the line on top."),
    )
linking.listing(about)
