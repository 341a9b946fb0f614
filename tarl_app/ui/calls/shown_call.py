"""What a visitor sees of a call: the screen of the live one, or a stored one; and the stored ones to choose from."""

from abc import ABC

from tarl_app.core.errors import TarlError
from tarl_app.core.types import Episode
from tarl_app.ui.calls.party import Party
from tarl_app.ui.calls.screen import Screen, ScreenEvent
from tarl_app.ui.services import Services
from tarl_app.ui.words import episode_title

LISTED = 50  # stored calls offered


class ShownCall(Party, ABC):
    """One visitor's view of a call."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.screen: Screen | None = None
        self.own: set[str] = set()  # ids of the calls made in this visit
        self.stored: Episode | None = None  # a stored call that is shown instead of the live one
        self.listing: list[tuple[str, str]] = []  # stored calls: (title, id)
        self.unlisted = ""  # why they cannot be listed
        self.asked = 0  # how often a call was chosen: the newest choice counts
        self.served_by = ""  # the agent's name in the list, by which it was chosen; its own may be another
        self.picked: tuple[str, str] | None = None  # task and agent that were chosen in the lists and are not called yet
        self.epoch = 0  # incremented when the page has to stop playing

    @property
    def episode(self) -> Episode | None:
        """The shown part of the call."""
        return self.stored or (self.screen.episode if self.screen else None)

    def advance(self) -> bool:
        """Shows the events that are due; True when there was any."""
        return self.screen is not None and self.screen.apply_due()

    def hush(self) -> None:
        """Stops the page's playback."""
        self.epoch += 1
        if self.screen is not None:
            self.screen.hush()

    def post(self, event: ScreenEvent) -> None:
        """Shows an event of the live call, in its time."""
        if self.screen is not None:
            self.screen.post(event)

    def show_stored(self, episode: Episode) -> None:
        """Shows a stored call, read-only; the live one is unchanged."""
        self.stored, self.notice = episode, ""
        self.hush()

    def list_stored(self) -> None:
        """Lists the stored calls that can be opened: this visit's own and, unless the page is public, the newest of
        all.
        """
        store = self.services.store
        try:
            found = [*store.list(limit=LISTED, only=frozenset(self.own))]
            if not self.services.public:
                found += [one for one in store.list(limit=LISTED) if one.id not in self.own]
        except TarlError as error:
            self.listing, self.unlisted = [], str(error)
            return
        self.unlisted = ""
        found.sort(key=lambda one: one.created_at, reverse=True)
        self.listing = [(episode_title(one), one.id) for one in found]

    def back_to_live(self) -> None:
        """Leaves the stored call."""
        self.stored = None
