"""The models of the dictionary's files: no key is passed over in silence."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError
from pydantic import model_validator as validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_UNKNOWN = "extra_forbidden"


class Strict(BaseModel):
    """A frozen model that forbids unknown keys and never shows its input in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @validator(mode="wrap")
    @classmethod
    def _tells_the_keys_it_knows(cls, given: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return check(given)
        except ValidationError as error:
            known = [field.alias or name for name, field in cls.model_fields.items()]
            there = given if isinstance(given, Mapping) else {}
            absent = [name for name in known if name not in there]
            problems = [_told(each, known, absent) for each in error.errors()]
            raise ValidationError.from_exception_data(
                error.title, problems, hide_input=True
            ) from None


def _told(
    problem: ErrorDetails, known: Collection[str], absent: Collection[str]
) -> InitErrorDetails:
    """The same problem; where a key of this very model is not known, with the key that is meant."""
    place, said = problem["loc"], problem["msg"]
    if problem["type"] == _UNKNOWN and len(place) == 1:
        near = difflib.get_close_matches(str(place[0]), absent, n=1)
        instead = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"
        said = f"this key is not known here; {instead}"
    kind = PydanticCustomError(problem["type"], "{said}", {**problem.get("ctx", {}), "said": said})
    return InitErrorDetails(type=kind, loc=place, input=None)
