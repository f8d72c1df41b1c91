"""What the flag page asks for."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safeguards.models import Flag


class ReasonForm(forms.Form):
    reason = forms.CharField(required=False, max_length=500)
    person: Any = None


class StageForm(ReasonForm):
    """From where the page said that it is: see `gates.place`."""

    place = forms.CharField(required=False, max_length=40)


class PromoteForm(StageForm):
    reason = forms.CharField(
        max_length=500,
        error_messages={"required": _("Say why more people shall have it. Nothing was changed.")},
    )


class ExpiryForm(ReasonForm):
    """The last day on which it is on; empty for none."""

    expires = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Choose a day, as in 2030-12-31. Nothing was changed.")},
    )

    def clean_expires(self) -> Any:
        day = self.cleaned_data["expires"]
        if day is not None and not timezone.localdate() <= day < date.max:
            raise forms.ValidationError(
                _("That day is over. Choose a later one, or switch it off. Nothing was changed.")
            )
        return day


class PersonForm(ReasonForm):
    """Chosen from the list, or typed where the list needs a script that does not run."""

    person_id = forms.IntegerField(required=False)
    username = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        asked = (
            {"pk": given["person_id"]} if given.get("person_id") else {"username": given.get("username", "")}
        )
        self.person = get_user_model().objects.filter(**asked).first()
        if self.person is None:
            raise forms.ValidationError(_("There is no account with this name. Nothing was changed."))
        return given


class AddForm(PersonForm):
    consented = forms.BooleanField(required=False)
    reason = forms.CharField(
        max_length=500,
        error_messages={"required": _("Say why they shall test it. Nothing was changed.")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not given.get("consented"):
            raise forms.ValidationError(
                _("Ask them first, and say here that they agreed. Nothing was changed.")
            )
        return given


class TesterForm(forms.Form):
    """The field with Django admin's own autocomplete."""

    # Not required: without a script nothing is in the list, and the name is typed.
    person_id = forms.IntegerField(label=_("Add a tester"), required=False)

    def __init__(self, site: AdminSite) -> None:
        super().__init__()
        widget = AutocompleteSelect(Flag._meta.get_field("users"), site)
        widget.choices = forms.ModelChoiceField(get_user_model().objects.none()).choices
        self.fields["person_id"].widget = widget
