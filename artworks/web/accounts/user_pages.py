"""The owner's page of people: who is here, who is invited, and what each may do."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from artworks.accounts import invitations, users
from artworks.accounts.invitations import InvitedAlready, IssuedLink
from artworks.accounts.users import MOST_EMAIL, MOST_NAME
from artworks.core.errors import AppError, Conflict, Invalid
from artworks.dependents import belongings
from artworks.membership import membership
from artworks.web import belongings_form, context, forms, urls
from artworks.web.accounts import cookies, invitation_mail
from artworks.web.accounts.schemas import WRONG, InviteForm, PersonForm
from artworks.web.error_handlers import wants_json
from artworks.web.permissions import owner_in_person
from models import ROLES, OneTimeLink, Person, db

pages = APIBlueprint("people", __name__, url_prefix="/people", enable_openapi=False)
# What Flask's signed cookie carries from the form to the page that shows a link, once.
SHOWN_ONCE = "made_link"
MAY = {
    "viewer": "look around and export",
    "editor": "add pictures, edit, and have words written",
    "owner": "do everything, with people and settings",
}


@pages.get("")
@owner_in_person
def index() -> ResponseReturnValue:
    """Show everybody, and a link that was just made."""
    return _users_page()


@pages.post("")
@owner_in_person
def invite() -> ResponseReturnValue:
    """Invite somebody and show the link once."""
    typed = {name: request.form.get(name, "") for name in ("email", "name", "role", "share")}
    try:
        if not users.any_exist(db.session()):
            raise Conflict("Make the owner account first. Then you can invite others.")
        given = forms.read(InviteForm, request.form, ("share", "email", "name", "role", "replaces"), WRONG)
        made = invitations.invite(
            db.session(),
            given.email,
            name=given.name,
            role=given.role,
            budget_usd=given.share,
            replaces=given.replaces,
        )
    except (Invalid, Conflict) as error:
        return _page_with_error(error, "invite", typed)
    db.session.commit()
    return _mail_and_show_link(made, f"Send this link to {made.link.name or made.link.email}.")


@pages.post("/invitations/<int:ticket_id>/withdraw")
@owner_in_person
def withdraw(ticket_id: int) -> ResponseReturnValue:
    """Withdraw an invitation."""
    email = invitations.withdraw(db.session(), ticket_id)
    db.session.commit()
    flash(f"The invitation for {email} is withdrawn. Its link does not work any more.", "success")
    return redirect("/people", 303)


@pages.post("/<int:person_id>")
@owner_in_person
def change(person_id: int) -> ResponseReturnValue:
    """Change what a person is called, may do and may spend."""
    person = users.find(db.session(), person_id)
    typed = {name: request.form.get(name, "") for name in ("name", "role", "share")}
    version, decision = forms.version_of(request.form), belongings_form.decision()
    # A form that says nothing of a share does not take it away.
    names = [name for name in ("share", "name", "role") if name != "share" or name in request.form]
    try:
        given = forms.read(PersonForm, request.form, names, WRONG)
        settled = membership.change(
            db.session(),
            person,
            name=given.name,
            role=given.role,
            budget_usd=given.share if "share" in names else "same",
            version=version,
            decision=decision,
        )
    except (Invalid, Conflict) as error:
        return _page_with_error(error, str(person_id), typed)
    db.session.commit()
    flash(
        f"Saved. {person.called} may {MAY[person.role]}.{belongings_form.describe_settled(settled, decision)}",
        "success",
    )
    # Who is no owner any more may not look at this page.
    mine = person_id == context.actor().person_id
    return redirect("/" if mine and person.role != "owner" else "/people", 303)


@pages.post("/<int:person_id>/reset")
@owner_in_person
def reset(person_id: int) -> ResponseReturnValue:
    """Make a link for a new password and show it once."""
    made = invitations.reset(db.session(), users.find(db.session(), person_id))
    db.session.commit()
    return _mail_and_show_link(made, f"With this link {made.link.email} can choose a new password.")


@pages.post("/<int:person_id>/remove")
@owner_in_person
def remove(person_id: int) -> ResponseReturnValue:
    """End an account."""
    person, decision = users.find(db.session(), person_id), belongings_form.decision()
    try:
        settled = membership.end(db.session(), person, decision)
    except (Invalid, Conflict) as error:
        return _page_with_error(error, str(person_id), {})
    db.session.commit()
    if person_id == context.actor().person_id:
        response = redirect("/sign-in", 303)
        cookies.delete_session_cookie(response)
        return response
    told = belongings_form.describe_settled(settled, decision)
    flash(f"{person.called} is removed and signed out everywhere. What they did stays.{told}", "success")
    return redirect("/people", 303)


def _mail_and_show_link(made: IssuedLink, said: str) -> ResponseReturnValue:
    """Mail a link if that is possible, and lead to the page that shows it."""
    link = urls.absolute_url(made.path)
    mailed = invitation_mail.send_link(made, link)
    if made.ended:
        said += " The first link does not work any more."
    session[SHOWN_ONCE] = {"link": link, "said": said, "kind": made.link.kind, "mailed": mailed}
    return redirect("/people", 303)


def _page_with_error(error: AppError, form: str, typed: dict[str, str]) -> ResponseReturnValue:
    """Show the page again with what was typed, and what is wrong with it; scripts read it as JSON."""
    db.session.rollback()
    if wants_json():
        raise error
    return make_response(_users_page(error=error, form=form, typed=typed), error.status)


def _users_page(*, error: AppError | None = None, form: str = "", typed: dict[str, str] | None = None) -> str:
    lines = users.list_users(db.session(), context.installation_zone())
    things = belongings.by_person(db.session())
    return render_template(
        "accounts/users.html",
        lines=lines,
        owners=sum(line.person.role == "owner" for line in lines),
        invitations=[_invitation_row(ticket) for ticket in invitations.open_invitations(db.session())],
        made=session.pop(SHOWN_ONCE, None),
        mails=invitation_mail.mailer() is not None,
        off=context.sign_in_is_off(),
        roles=ROLES[::-1],
        may=MAY,
        most={"email": MOST_EMAIL, "name": MOST_NAME},
        error=error,
        form=form,
        typed=typed or {},
        share_of=_share_text,
        asked=belongings_form.question_context(error),
        removing={line.person.id: belongings_form.on_removal(things, line.person.id) for line in lines},
        replaces=error.link.id if isinstance(error, InvitedAlready) else "",
    )


def _invitation_row(ticket: OneTimeLink) -> dict[str, Any]:
    return {"ticket": ticket, "left": _time_left(ticket.expires_at)}


def _time_left(until: datetime) -> str:
    """Return for how long a link still works."""
    hours = math.ceil((until - datetime.now(UTC)).total_seconds() / 3600)
    count, word = (round(hours / 24), "day") if hours > 24 else (max(1, hours), "hour")
    return f"{count} more {word}{'' if count == 1 else 's'}"


def _share_text(person: Person) -> str:
    """Return a share as it is typed."""
    return "" if person.budget_usd is None else f"{person.budget_usd:.2f}".removesuffix(".00")
