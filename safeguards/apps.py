from django.apps import AppConfig
from django.core.checks import register


class SafeguardsConfig(AppConfig):
    name = "safeguards"
    verbose_name = "Safeguards"

    def ready(self) -> None:
        from safeguards import admission, checks, flags

        flags.require(admission.is_allowed)
        register(checks.supervised)
        register(checks.deployed, deploy=True)
