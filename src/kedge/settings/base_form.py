"""What every section of the settings is made of."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Form(BaseModel):
    """A section: only known keys, each of its type."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_an_empty_section(cls, given: Any) -> Any:
        return {} if given is None else given  # all its keys commented out
