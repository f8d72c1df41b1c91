"""Forms for accounts; what belongs to a board is checked by the operations."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.utils.translation import gettext as _

from board.models import User
from board.operations import Refused, values
from safeguards.stages import is_synthetic


class SignInForm(AuthenticationForm):
    """Without a hint whether the name or the password was wrong."""


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]  # takes no argument at run time
    """Refuses a name that differs from another one in case only."""

    class Meta:
        model = User
        fields = ("username",)
        field_classes: dict[str, Any] = {}

    def clean_username(self) -> str:
        name: str | None = super().clean_username()  # None where it was refused already
        if name and is_synthetic(name.lower()):
            raise forms.ValidationError(
                _("Names that begin like this are the house's own. Choose another one.")
            )
        return name or ""


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # ModelForm takes no argument at run time
    class Meta:
        model = User
        fields = ("display_name", "colour", "theme", "shows_presence")

    def clean_display_name(self) -> str:
        try:
            return values.name(self.cleaned_data["display_name"], required=False)
        except Refused as refused:
            raise forms.ValidationError(refused.detail) from refused
