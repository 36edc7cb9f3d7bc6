import pytest

from gallery.people.sessions import browser_name

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
DESCRIPTIONS = {
    "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
    "Chrome on Windows": CHROME.format("Windows NT 10.0; Win64; x64"),
    "Edge on Windows": CHROME.format("Windows NT 10.0; Win64; x64") + " Edg/140.0.0.0",
    "Chrome on Android": CHROME.format("Linux; Android 10; K"),
    "Safari on iPhone": SAFARI.format("iPhone; CPU iPhone OS 18_0 like Mac OS X"),
    "Safari on macOS": SAFARI.format("Macintosh; Intel Mac OS X 10_15_7"),
    "curl": "curl/8.5.0",
    "Some browser": "",
}


@pytest.mark.parametrize("name, description", DESCRIPTIONS.items())
def test_a_browser_is_called_what_people_call_it(name, description):
    assert browser_name(description) == name
