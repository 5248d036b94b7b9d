"""The actions carried out on the reference model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import actions
from boomerang.model import Resolution

if TYPE_CHECKING:
    from boomerang.actions import Action
    from boomerang.model import Env, Model


def apply(model: Model, env: Env, action: Action) -> None:
    """Carry out an action. Raises the registry's error, and has then changed nothing."""
    match action:
        case actions.Publish(key, topic, body):
            model.publish(env, key.stake, topic, body)
        case actions.Draw(commitments):
            model.draw(env, commitments)
        case actions.Seal(key, seal):
            model.seal(env, key.stake, key.content_hash, seal)
        case actions.Revoke(key):
            model.revoke(env, key.stake, key.content_hash)
        case actions.Expose(key, decision, salt):
            model.expose(env, key, decision, salt)
        case actions.Open(key, decision, salt, dependencies):
            if dependencies is None:
                model.open(env, key.stake, key.content_hash, decision, salt)
            else:
                model.open_for(env, key, decision, salt, dependencies)
        case actions.Offer(key, target):
            model.offer(env, key.stake, key.content_hash, target)
        case actions.Decline(key, offering):
            if offering is None:
                model.decline_all(env, key.stake, key.content_hash)
            else:
                model.decline(env, key.stake, key.content_hash, offering)
        case actions.Join(key, ids):
            model.join(env, key.stake, key.content_hash, ids)
        case actions.Settle(ids, decisions):
            model.resolve_group(env, ids, decisions)
        case actions.Resolve(resolutions):
            model.resolve(env, [Resolution(key, data) for key, data in resolutions])
        case actions.Withdraw(to, None):
            model.withdraw(env, to)
        case actions.Withdraw(to, str(token)):
            model.withdraw_asset(env, token, to)
        case actions.Deliver(account, None):
            model.deliver(account)
        case actions.Deliver(account, str(token)):
            model.deliver_asset(account, token)
        case actions.Execute(key, topic, body, tip_to):
            model.execute(env, key, topic, body, tip_to)
        case actions.Retry(key, topic, body, index):
            model.retry(env, key, topic, body, index)
        case actions.Release(key, topic, body, index):
            model.release(env, key, topic, body, index)
        case actions.Approve(token, amount):
            model.approve(token, env.sender, amount)
