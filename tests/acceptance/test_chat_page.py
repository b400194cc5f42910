from __future__ import annotations

import asyncio
import json
import re

from chat_browser import Chat
from playwright.async_api import Page, Route, expect

from frontdesk.engine.reception import operate

expect.set_options(timeout=5000)


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


async def bubbles(page: Page) -> list[str]:
    return await page.locator(".bubble").all_inner_texts()


async def test_a_booking_is_cancelled_on_a_phone(chat: Chat) -> None:
    page = await chat.page()
    await expect(page.get_by_role("heading", name="Harbor Stays")).to_be_visible()
    await expect(page.locator("#intro")).to_contain_text("automated assistant")
    await expect(page.locator("#intro")).to_contain_text("Ana Sousa")
    chat.model.answers = ["start cancel_booking"]
    await say(page, "I need to cancel my trip to Porto")
    yes = page.get_by_role("button", name="Yes", exact=True)
    await expect(yes).to_be_enabled()
    await yes.click()
    await expect(page.get_by_role("log")).to_contain_text("Done. HB-1001 is cancelled")
    await expect(yes).to_be_disabled()
    await expect(page.get_by_role("button", name="No", exact=True)).to_be_disabled()
    (conversation,) = await chat.parts.store.conversations(["desk"])
    writes = [entry.tool for entry in await chat.parts.store.ledger(conversation.id)]
    assert writes == ["cancel_booking"]
    before = await bubbles(page)
    assert "Yes" in before
    await page.reload()
    await expect(page.locator(".bubble")).to_have_count(len(before))
    assert await bubbles(page) == before
    chat.model.answers = ["chat"]
    await say(page, "that was quick")
    await expect(page.locator(".bubble").last).to_contain_text("What can I do for you?")
    assert len(await bubbles(page)) == len(before) + 2
    assert chat.complaints == []


async def test_nothing_is_wider_than_a_small_phone(chat: Chat) -> None:
    page = await chat.page(width=320, height=568)
    await say(page, "x" * 300 + " https://example.com/" + "y" * 200)
    await expect(page.locator(".bubble")).to_have_count(4)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert await page.evaluate(wide) is False
    sizes = await page.eval_on_selector_all(
        "button:not([hidden]), select, textarea",
        "all => all.map(x => [x.id, x.getBoundingClientRect().height])",
    )
    assert [name for name, height in sizes if height < 32] == []
    assert await page.evaluate("getComputedStyle(text).fontSize") == "16px"
    assert chat.complaints == []


async def test_the_page_says_who_it_is_and_who_the_customer_is(chat: Chat) -> None:
    page = await chat.page()
    await page.get_by_label("Demo. You are:").select_option("Ben Carter")
    await expect(page.locator("#intro")).to_contain_text("Ben Carter")
    chat.model.answers = ["start cancel_booking"]
    await say(page, "I have to cancel one of my bookings")
    await expect(page.locator(".choices.long .choice")).to_have_count(2)
    await page.get_by_label("Demo. You are:").select_option("Not signed in")
    await expect(page.locator(".bubble")).to_have_count(1)
    await expect(page.locator("#intro")).not_to_contain_text("signed in as")
    chat.model.answers = ["start cancel_booking"]
    await say(page, "cancel my booking")
    await expect(page.locator(".bubble").last).to_contain_text("sign in first")
    await page.reload()
    await expect(page.locator(".bubble")).to_have_count(3)
    assert await page.get_by_label("Demo. You are:").input_value() == ""
    assert chat.complaints == []


async def test_a_person_takes_over_and_gives_back(chat: Chat) -> None:
    page = await chat.page()
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.locator("#holder")).to_have_text("Waiting for a colleague")
    await expect(page.get_by_role("button", name="A colleague has been called")).to_be_disabled()
    (conversation,) = await chat.parts.store.conversations(["queue"])
    for action, text in (("claim", ""), ("reply", "Hello Ana, Maria here.")):
        await operate(chat.parts.store, conversation.id, action, "Maria", text)
    await expect(page.locator(".entry.person .name")).to_have_text("Maria")
    await expect(page.locator(".entry.person .bubble")).to_have_text("Hello Ana, Maria here.")
    await expect(page.locator("#holder")).to_have_text("Maria, a colleague")
    await operate(chat.parts.store, conversation.id, "release", "Maria", "")
    await expect(page.locator("#holder")).to_have_text("Automated assistant")
    await expect(page.get_by_role("button", name="Talk to a person")).to_be_enabled()
    assert chat.model.requests == []
    assert chat.complaints == []


async def test_a_message_that_fails_is_sent_again_and_taken_once(chat: Chat) -> None:
    """The desk gets it the first time, and the answer is lost on the way."""
    page = await chat.page()
    await expect(page.locator(".bubble")).to_have_count(1)
    sent: list[str] = []

    async def lose(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "")["id"])
        await route.fetch()
        await route.abort()

    await page.route("**/messages", lose)
    await say(page, "hello there")
    again = page.get_by_role("button", name="Try again")
    await expect(again).to_be_visible()
    await page.unroute("**/messages")
    await again.click()
    await expect(again).to_have_count(0)
    await expect(page.locator(".mine .bubble")).to_have_count(1)
    await expect(page.locator(".bubble")).to_have_count(3)
    (conversation,) = await chat.parts.store.conversations(["desk"])
    events = await chat.parts.store.history(conversation.id)
    assert [type(x.event).__name__ for x in events].count("TurnStarted") == 1
    assert all("ERR_FAILED" in complaint for complaint in chat.complaints)


async def test_what_was_not_sent_outlives_a_reload(chat: Chat) -> None:
    page = await chat.page()
    await expect(page.locator(".bubble")).to_have_count(1)
    await page.context.set_offline(True)
    await say(page, "hello")
    await expect(page.locator(".failed")).to_contain_text("can't be reached")
    (conversation,) = await chat.parts.store.conversations(["desk"])
    await page.context.set_offline(False)
    await page.reload()
    await expect(page.locator(".failed")).to_contain_text("hello")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".bubble")).to_have_count(3)
    events = await chat.parts.store.history(conversation.id)
    assert [type(x.event).__name__ for x in events].count("TurnStarted") == 1


async def test_the_page_comes_back_by_itself_and_misses_nothing(chat: Chat) -> None:
    page = await chat.page()
    await say(page, "hello")
    await expect(page.locator(".bubble")).to_have_count(3)
    await chat.stop()
    (conversation,) = await chat.parts.store.conversations(["desk"])
    for action, text in (("claim", ""), ("reply", "Are you still there?")):
        await operate(chat.parts.store, conversation.id, action, "Maria", text)
    await expect(page.locator("#banner")).to_have_text("Connecting again…")
    await chat.start()
    await expect(page.locator(".bubble").last).to_have_text("Are you still there?")
    await expect(page.locator("#banner")).to_be_hidden()
    await say(page, "yes, I am")
    await expect(page.locator(".mine .state").last).to_be_empty()
    await expect(page.locator(".bubble")).to_have_count(5)
    assert all("ERR_CONNECTION_REFUSED" in complaint for complaint in chat.complaints)


async def test_text_is_never_markup_and_runs_its_own_way(chat: Chat) -> None:
    page = await chat.page()
    for text in ("<img src=x onerror=alert(1)><b>bold</b>", "مرحبا، أريد إلغاء الحجز"):
        await say(page, text)
        await expect(page.locator(".mine .bubble").last).to_have_text(text)
        await expect(page.locator(".mine .state").last).to_be_empty()
    assert await page.locator(".bubble img, .bubble b").count() == 0
    direction = "node => getComputedStyle(node).direction"
    assert await page.locator(".mine .bubble").last.evaluate(direction) == "rtl"
    assert await page.locator(".mine .bubble").first.evaluate(direction) == "ltr"
    assert chat.complaints == []


async def test_the_keyboard_is_enough(chat: Chat) -> None:
    page = await chat.page(width=1100, height=800)
    await expect(page.get_by_label("Your message")).to_be_focused()
    chat.model.answers = ["start cancel_booking"]
    await page.keyboard.type("cancel my trip")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("to Porto please")
    await page.keyboard.press("Enter")
    no = page.get_by_role("button", name="No", exact=True)
    await expect(no).to_be_enabled()
    for _ in range(8):
        await page.keyboard.press("Shift+Tab")
        if await no.evaluate("node => node === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble").last).to_contain_text("stays as it is")
    await expect(page.get_by_label("Your message")).to_be_focused()
    assert chat.complaints == []


async def test_two_windows_show_the_same_conversation(chat: Chat) -> None:
    page = await chat.page()
    await expect(page.locator(".bubble")).to_have_count(1)
    other = await page.context.new_page()
    kept = await page.evaluate("sessionStorage.getItem('frontdesk')")
    await other.add_init_script(f"sessionStorage.setItem('frontdesk', {json.dumps(kept)})")
    await other.goto(chat.url)
    await say(page, "hello")
    await expect(other.locator(".bubble")).to_have_count(3)
    assert await bubbles(other) == await bubbles(page)


async def test_a_host_site_says_who_the_customer_is_in_the_address(chat: Chat) -> None:
    page = await chat.page()
    asked = await page.request.post(f"{chat.url}demo/identity", data={"customer": "cust-emma"})
    identity = (await asked.json())["identity"]
    other = await page.context.new_page()
    await other.goto(f"{chat.url}#identity={identity}")
    await expect(other.locator("#intro")).to_contain_text("Emma Lindqvist")
    assert re.fullmatch(re.escape(chat.url), other.url)
    await other.goto("about:blank")
    await other.goto(f"{chat.url}#identity={identity[:-3]}abc")
    await asyncio.sleep(0.2)
    await expect(other.locator("#intro")).to_contain_text("Emma Lindqvist")
    broken = await page.context.new_page()
    await broken.goto(f"{chat.url}#identity={identity[:-3]}abc")
    await expect(broken.locator("#banner")).to_contain_text("can't be signed in")
