"""The webhooks over HTTP, and what they give the server."""

from __future__ import annotations

import msgspec

from venue_suite.hookspecs import Check, Job
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Page, Route
from venue_suite.webhooks import services, wire
from venue_suite.webhooks.checks import check_dead_letters, check_positions, check_secrets
from venue_suite.webhooks.delivering import deliver
from venue_suite.webhooks.services import TooManyWebhooks
from venue_suite.webhooks.targets import WebhookUrlRefused, check_url

MANAGE = "webhooks.manage"
RESTART_S = 1.0


async def get_webhooks(call: Call) -> list[wire.Webhook]:
    """All receivers, and how each stands."""
    return await call.read(services.list_webhooks)


async def post_webhook(call: Call) -> wire.WebhookSecret:
    """Add a receiver. Its secret is in the answer, and nowhere else."""
    wanted = await call.body(wire.NewWebhook)
    check_url(wanted.url, allow_lan=call.context.webhooks.allow_lan)
    reply = await call.write(
        services.add_webhook, wanted, call.context.feed_rights, call.context.sealer
    )
    return await _with_secret(call, reply)


async def post_change(call: Call) -> msgspec.Raw:
    """Change a receiver, or stop and start it."""
    wanted = await call.body(wire.ChangeWebhook)
    if wanted.url is not None:
        check_url(wanted.url, allow_lan=call.context.webhooks.allow_lan)
    return await call.write(
        services.change_webhook, call.number("id"), wanted, call.context.feed_rights
    )


async def post_rotate(call: Call) -> wire.WebhookSecret:
    """A new secret; for a while messages carry the old signature too."""
    wanted = await call.body(wire.RotateSecret)
    webhook_id, sealer = call.number("id"), call.context.sealer
    reply = await call.write(services.rotate_secret, webhook_id, wanted.overlap_s, sealer)
    return await _with_secret(call, reply)


async def post_remove(call: Call) -> msgspec.Raw:
    """Send nothing more to a receiver, and forget its secrets."""
    return await call.write(services.remove_webhook, call.number("id"))


async def get_dead_letters(call: Call) -> Page[wire.DeadLetter]:
    """The messages to a receiver that were given up, newest first."""
    asked = call.asked(wire.FindDeadLetters)
    return await call.read(services.list_dead_letters, call.number("id"), asked)


async def post_send_again(call: Call) -> msgspec.Raw:
    """Send a message once more that was given up."""
    return await call.write(services.send_again, call.number("letter"))


async def _with_secret(call: Call, reply: msgspec.Raw) -> wire.WebhookSecret:
    """The stored reply of the operation must not hold the secret: it is kept for ever."""
    webhook = msgspec.json.decode(reply, type=wire.Webhook)
    sealed = await call.read(services.read_newest_secret, webhook.id)
    secret = call.context.sealer.open(sealed, services.purpose(webhook.id))
    return wire.WebhookSecret(webhook=webhook, secret=secret.decode())


PERMISSIONS = (Permission(MANAGE, "Send facts to other programs: add, change, stop webhooks"),)
ROUTES = (
    Route("GET", "/webhooks", get_webhooks, MANAGE, reply=list[wire.Webhook]),
    Route(
        "POST",
        "/webhooks",
        post_webhook,
        MANAGE,
        body=wire.NewWebhook,
        reply=wire.WebhookSecret,
        refusals=(WebhookUrlRefused, TooManyWebhooks),
        example=wire.NewWebhook(url="https://example.org/venue", kinds=["sales.order_"]),
    ),
    Route(
        "POST",
        "/webhooks/{id}",
        post_change,
        MANAGE,
        body=wire.ChangeWebhook,
        reply=wire.Webhook,
        refusals=(WebhookUrlRefused,),
    ),
    Route(
        "POST",
        "/webhooks/{id}/rotate-secret",
        post_rotate,
        MANAGE,
        body=wire.RotateSecret,
        reply=wire.WebhookSecret,
    ),
    Route("POST", "/webhooks/{id}/remove", post_remove, MANAGE, reply=wire.Webhook),
    Route(
        "GET",
        "/webhooks/{id}/dead-letters",
        get_dead_letters,
        MANAGE,
        query=wire.FindDeadLetters,
        reply=Page[wire.DeadLetter],
    ),
    Route(
        "POST",
        "/webhooks/dead-letters/{letter}/send-again",
        post_send_again,
        MANAGE,
        reply=wire.DeadLetter,
    ),
)
JOBS = (Job("deliver", RESTART_S, deliver),)
CHECKS = (
    Check("webhooks.positions", "no webhook is beyond the end of the feed", check_positions),
    Check("webhooks.dead_letters", "what was given up is listed once", check_dead_letters),
    Check("webhooks.secrets", "every webhook has one secret of its own", check_secrets),
)
