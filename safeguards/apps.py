from django.apps import AppConfig


class SafeguardsConfig(AppConfig):
    name = "safeguards"
    verbose_name = "Safeguards"

    def ready(self) -> None:
        from safeguards import admission, flags

        flags.require(admission.is_allowed)
