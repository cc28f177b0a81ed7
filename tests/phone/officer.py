"""An officer with a phone, as a test speaks of them: what they tap, by role and accessible name, and what they see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place

PASSPHRASE = "copper kettle orbit maple"
STREET = "Street 1"

# Argon2id takes 64 MiB and three passes, and this machine may be busy with something else.
SLOW_MS = 90_000


@dataclass
class Officer:
    """One officer's store on one phone. `page` is the tab that the app is in: a fresh one after every `open`.

    Each deed ends when the screen shows that it is done, so that a test may look at the database right after it.
    """

    place: Place
    phone: PhoneBrowser
    number: int = 0
    label: str = "Phone 1"
    passphrase: str = PASSPHRASE
    host: str = "127.0.0.1"
    _page: Page | None = field(default=None, repr=False)

    @property
    def page(self) -> Page:
        """The app's tab."""
        assert self._page is not None, "open the app first"
        return self._page

    def open(self, path: str = "/phone/") -> Page:
        """Start the phone where it is off, and open the app in a tab."""
        self.new_tab().goto(f"{self.place.url.replace('127.0.0.1', self.host)}{path}")
        return self.page

    def new_tab(self) -> Page:
        """An empty tab, which the app will be in; the phone is started where it is off."""
        self._page = self.phone.page() if self.phone.is_on else self.phone.start()
        return self._page

    def enrol(self, code: str | None = None) -> None:
        """Open the app, type a coordinator's code, choose a passphrase, and wait for the lists of the first sync."""
        self.open()
        self.begin_enrolling(code)

    def begin_enrolling(self, code: str | None = None) -> None:
        """The same where the app is open already."""
        self.page.get_by_role("button", name=re.compile("Begin with your code|Add an officer")).click()
        self.page.get_by_label("Or type the code").fill(code or self.place.code(self.number))
        self.button("Next").click()
        self.choose_passphrase()
        expect(self.heading("Today")).to_be_visible(timeout=SLOW_MS)
        self.await_synced()

    def choose_passphrase(self) -> None:
        """The second step of enrolling, up to its button."""
        self.page.get_by_label("New passphrase").fill(self.passphrase)
        self.page.get_by_label("A name for your store").fill(self.label)
        self.button("Enrol").click()

    def lock(self) -> None:
        """By the button on Today."""
        self.button("Lock").click()
        expect(self.heading("Doorstep")).to_be_visible()

    def unlock(self, passphrase: str | None = None) -> None:
        """From the first screen; ends on Today."""
        self.try_passphrase(passphrase or self.passphrase)
        expect(self.heading("Today")).to_be_visible(timeout=SLOW_MS)

    def try_passphrase(self, passphrase: str) -> None:
        """Type it and press Unlock, from the first screen or from where a try before it ended."""
        if not self.heading(self.label).is_visible():
            self.page.get_by_role("button", name=self.label).click()
        self.page.get_by_label("Passphrase", exact=True).fill(passphrase)
        self.button("Unlock").click()
        expect(self.button("Unlock")).to_be_hidden()
        ended = self.button("Unlock").or_(self.heading("Today")).or_(self.page.get_by_text("Lists wiped"))
        expect(ended).to_be_visible(timeout=SLOW_MS)

    def home(self) -> None:
        """Back to Today, from wherever the screens have led."""
        while not self.heading("Today").is_visible():
            self.button("Back").click()

    def open_street(self, name: str = STREET) -> None:
        """From Today."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)} ")).click()
        expect(self.heading(name)).to_be_visible()

    def open_house(self, number: str, street: str = STREET) -> None:
        """From the street's screen."""
        self.bring_into_sight(number)
        self.house_row(number).click()
        expect(self.heading(f"{number} {street}")).to_be_visible()

    def bring_into_sight(self, lead: str) -> None:
        """Go to a house in the street's list, of which only the part in sight is in the page."""
        if not self.house_row(lead).is_visible():
            self.page.get_by_role("searchbox", name="Go to number").fill(lead)
            expect(self.house_row(lead)).to_be_visible()

    def house_row(self, lead: str) -> Locator:
        """A house in the street's list, by what stands large on it; a hazard is read out before it."""
        houses = self.page.get_by_role("list", name="Houses in walking order")
        return houses.get_by_role("button").filter(has=self.page.get_by_text(lead, exact=True))

    def visit(self, number: str, outcome: str, street: str = STREET) -> None:
        """From the street's screen: two taps. Ends when the phone says that it is kept."""
        self.open_house(number, street)
        self.record(outcome)

    def record(self, outcome: str) -> None:
        """Tap an outcome that asks for nothing else, at a house."""
        self.button(outcome).click()
        self.await_recorded(outcome)

    def await_recorded(self, outcome: str) -> None:
        """It is sealed and kept, and may be undone."""
        expect(self.undo_bar).to_contain_text(f"Recorded: {outcome}")

    @property
    def undo_bar(self) -> Locator:
        """What was just recorded, with its undo."""
        return self.page.get_by_role("region", name="Just recorded")

    def undo(self) -> None:
        """Within the ten seconds."""
        self.undo_bar.get_by_role("button", name=re.compile("Undo")).click()
        expect(self.undo_bar).to_be_hidden()

    def await_chained(self) -> None:
        """The ten seconds are over: what was recorded has its place in the chain and may be sent."""
        expect(self.undo_bar).to_be_hidden(timeout=20_000)

    def sync(self) -> None:
        """By the button on Today; ends when the service has answered, nothing runs and nothing waits."""
        with self.page.expect_response(lambda answer: answer.url.endswith("/api/exchange")):
            self.button("Sync now").click()
        expect(self.button("Sync now")).to_be_enabled(timeout=SLOW_MS)
        self.await_synced()

    def await_synced(self) -> None:
        """Nothing runs, nothing waits."""
        expect(self.sync_line).to_have_text(re.compile(r"^0 waiting · synced"), timeout=SLOW_MS)

    @property
    def sync_line(self) -> Locator:
        """How sync stands, as Today says it."""
        return self.page.get_by_role("status").filter(has_text=re.compile(r"waiting|Sending"))

    def open_menu(self, entry: str) -> None:
        """From Today: the menu, and one thing in it."""
        self.button("Menu").click()
        self.button(entry).click()

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def heading(self, name: str) -> Locator:
        """A screen's title."""
        return self.page.get_by_role("heading", name=name, exact=True, level=1)
