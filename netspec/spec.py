"""What JSON says: frozen, strict models, and the component that finds its class by its type."""

# Annotations are no strings here: pydantic would evaluate those of `Component` for every subclass.

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from .errors import Fault, NetspecError, PluginError, SpecError, nearest, quote
from .wording import MORE, article, refusal, shown, told

__all__ = ["Called", "Component", "Many", "Name", "Spec", "carry", "check_name", "version_of"]

_T = TypeVar("_T")

_Loc = tuple[int | str, ...]

Called = Callable[[type["Component"]], str]
"""How a document calls the type of a class."""

_PIECE = 1000
"""So many values of a list are validated at once."""


def _in_pieces(values: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """The values validated up to the first piece with faults: millions would fill the memory."""
    if not isinstance(values, list | tuple) or len(values) <= _PIECE:
        return handler(values)
    made: list[Any] = []
    for start in range(0, len(values), _PIECE):
        try:
            made += handler(values[start : start + _PIECE])
        except ValidationError as error:
            raise _shifted(error, start) from None
    return tuple(made)


Many = Annotated[tuple[_T, ...], Field(strict=False), WrapValidator(_in_pieces)]
"""A list in JSON, a tuple in Python; what it holds stays strict."""

_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}


def check_name(name: str) -> str:
    """The name itself, if it may be one: letters of any script, digits, `_` and `-`, at most 64."""
    if not re.fullmatch(r"[\w-]*", name) or name.casefold() in _DEVICES or len(name) > 64:
        raise SpecError(
            f"{quote(name)} is no name",
            "a name has letters, digits, _ and -, at most 64, and is no device of an old system",
        )
    return name


Name = Annotated[str, AfterValidator(check_name)]


class Spec(BaseModel):
    """A part of a document: frozen, strict, without unknown keys, infinities or NaN.

    Made in Python, a wrong value raises SpecError, and a numpy scalar counts as its `.item()`.
    """

    # A validator is built when it is first used: kinds that only others derive from need none.
    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, defer_build=True
    )

    def __init__(self, /, **values: Any) -> None:
        plain = {key: _plain(value) for key, value in values.items()}
        try:
            self.__pydantic_validator__.validate_python(plain, self_instance=self)
        except ValidationError as error:
            raise refusal(self._suggested(error)) from None

    # pydantic then keeps context and locations when it validates a nested spec.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(cls._name_unknown_keys, handler(source))

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Build the validator, as pydantic does at its first use.

        Pydantic would look for names in the locals of whoever uses the class first, and Python would
        keep these alive until that function ends: it is given names to look in, and they are none.
        """
        return super().model_rebuild(**{"_types_namespace": {}, **options})

    @classmethod
    def _name_unknown_keys(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            raise cls._suggested(error) from None

    @classmethod
    def _suggested(cls, error: ValidationError) -> ValidationError:
        lines: list[InitErrorDetails] = []
        found, more = told(error)
        own = [(line["type"], str(line["loc"][0])) for line in found if len(line["loc"]) == 1]
        missing = {key for kind, key in own if kind == "missing"}
        unknown = [key for kind, key in own if kind == "extra_forbidden"]
        meant = {key: _meant(key, missing, cls.keys()) for key in unknown}
        for line in found:
            kind, key = line["type"], str(line["loc"][0]) if len(line["loc"]) == 1 else ""
            fault = None
            if key and kind == "missing":
                if key in meant.values():
                    continue
                fault = Fault(f"{quote(key)} is missing", cls._addition(key))
            elif key and kind == "extra_forbidden":
                right = nearest(key, cls.keys())
                if meant[key]:
                    right = f"did you mean {quote(meant[key])}, which is missing?"
                fault = Fault(f"unknown key {quote(key)}", right, (), at="key")
            if fault is not None:
                line = {**line, "ctx": {"error": SpecError.of([fault])}}
            lines.append(_again(line, line["loc"]))
        return _refused(error.title, lines, more)

    @classmethod
    def _addition(cls, key: str) -> str:
        """How to add a key that is missing."""
        fields = zip(cls.keys(), cls.model_fields.values(), strict=True)
        words = next((field.description for name, field in fields if name == key), None)
        return f"add it: {words}" if words else "add it"

    @classmethod
    def keys(cls) -> list[str]:
        """The keys that a document may write, in the order of the canonical form."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    def document(self, defaults: bool = False, called: Called | None = None) -> dict[str, Any]:
        """The JSON value that reads back as this spec; with `defaults` no key is left out.

        `called` says how a component's type is written, by default bare: a registry knows where it
        takes the distribution to tell two apart.
        """
        written = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if defaults or name == "type" or value != field.get_default(call_default_factory=True):
                written[field.alias or name] = _json_of(value, defaults, called, name)
        if called is not None and isinstance(self, Component):
            written["type"] = called(type(self))
        return written

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self


class Component(Spec):
    """Anything that a plugin can offer: it has a kind and a type.

    A kind's base class says its kind (`class Loss(Component, kind="loss")`), a concrete class its
    type (`type: Literal["mse"] = "mse"`). A field annotated with a kind's base class takes an
    instance, and in a document a bare type (`"mse"`) or an object with the key `"type"`; the class
    comes from the registry in the context of the validation.

    `formula` says what it computes. `examples` are documents, without the type, that make instances
    worth proving; a class with a field that must be given has one.
    """

    kind: ClassVar[str] = ""
    namespace: ClassVar[str] = ""
    version: ClassVar[int] = 1
    formula: ClassVar[str] = ""
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    _base: ClassVar[bool] = True
    _type: ClassVar[str] = ""

    type: str

    def __init_subclass__(cls, kind: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._base = bool(kind)
        if kind:
            cls.kind = kind
            cls.namespace = cls.namespace or kind

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        cls._type = str(cls.model_fields["type"].default)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        if not cls._base:
            return handler(source)
        return core_schema.with_info_plain_validator_function(
            cls._find, metadata={"netspec_kind": cls.kind}
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"netspec_kind": cls.kind} if cls._base else handler(schema)

    @classmethod
    def _find(cls, value: Any, info: ValidationInfo) -> "Component":
        if isinstance(value, cls):
            return value
        written, fields = (value, {}) if isinstance(value, str) else (None, value)
        if isinstance(fields, dict):
            written = fields.get("type", written)
        if not isinstance(written, str):
            raise carry(_no_component(cls.kind, value))
        if info.context is None:
            raise carry(
                SpecError(
                    f"{shown(value)} is not {article(cls.kind)}",
                    f"in Python the field takes an instance of {article(cls.kind)}, not its name",
                )
            )
        try:
            found = info.context["registry"].find(cls, written)
        except NetspecError as error:
            under = ("type",) if isinstance(value, dict) else ()
            raise carry(error.under(*under)) from None
        versions = info.context.get("versions")
        if versions is not None:
            fields = found._current(fields, written, versions, info.context["migrated"])
        try:
            result = found.__pydantic_validator__.validate_python(
                {**fields, "type": found._type}, context=info.context
            )
        except ValidationError as error:
            raise found._suggested(error) from None
        assert isinstance(result, cls)
        return result

    @classmethod
    def migrate(cls, document: dict[str, Any], version: int) -> dict[str, Any]:
        """What a document that an older `version` of this class saved says, in this version's words.

        A class whose documents change their meaning counts its `version` up and says here what the
        older ones meant. The document is a copy, and what is returned is validated.
        """
        return document

    @classmethod
    def _current(
        cls,
        document: dict[str, Any],
        written: str,
        versions: Mapping[str, int],
        migrated: list[str],
    ) -> dict[str, Any]:
        """The document in this version's words; what was migrated for it is noted."""
        address = cls.address(written)
        version = version_of(address, versions)
        if version == cls.version:
            return document
        what = f"{address} was saved by its version {version}, installed is {cls.version}"
        if version > cls.version:
            raise carry(PluginError(what, "upgrade what offers it"))
        try:
            current = cls.migrate(deepcopy(document), version)
        except NetspecError as error:
            raise carry(error) from None
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise carry(PluginError(f"{what}; to migrate it raises {said}")) from error
        if not isinstance(current, dict):
            raise carry(PluginError(f"{what}; to migrate it gives {shown(current)}, no object"))
        migrated.append(f"{address} {version} → {cls.version}")
        return current

    @classmethod
    def address(cls, written: str = "") -> str:
        """How a model records the class: its namespace and its type, as in `layer/dense`.

        The type is bare, or as it is `written` in the document: `layer/netspec-more/dense`.
        """
        return f"{cls.namespace}/{written or cls.type_name()}"

    @classmethod
    def type_name(cls) -> str:
        """The type that a document writes for this class."""
        return cls._type


def version_of(address: str, versions: Mapping[str, int]) -> int:
    """The recorded version of a class by its address; older models record every type as bare."""
    namespace, _, written = address.partition("/")
    bare = f"{namespace}/{written.rpartition('/')[2]}"
    return versions.get(address, versions.get(bare, 1))


def carry(error: NetspecError) -> PydanticCustomError:
    """An error of netspec as one that pydantic collects, with its path and words kept."""
    return PydanticCustomError("netspec", "{error}", {"error": error})


def _shifted(error: ValidationError, start: int) -> ValidationError:
    """The error of a piece of a list, at its place in the whole."""
    found, more = told(error)
    lines = [_again(line, _further(line["loc"], start)) for line in found]
    return _refused(error.title, lines, more)


def _further(loc: _Loc, start: int) -> _Loc:
    """Where a value of a piece stands in the whole list."""
    index, *inside = loc
    return int(index) + start, *inside


def _again(line: ErrorDetails, loc: _Loc) -> InitErrorDetails:
    """A fault that pydantic told, to be told again at a place."""
    error = line.get("ctx", {}).get("error")
    if isinstance(error, NetspecError):
        return InitErrorDetails(type=carry(error), loc=loc, input=line["input"])
    detail = InitErrorDetails(type=line["type"], loc=loc, input=line["input"])
    if "ctx" in line:
        detail["ctx"] = line["ctx"]
    return detail


def _refused(title: str, lines: list[InitErrorDetails], more: int) -> ValidationError:
    """The faults as pydantic's error, with a line for those that are not told."""
    if more:
        rest = PydanticCustomError(MORE, "and {more} more", {"more": more})
        lines = [*lines, InitErrorDetails(type=rest, loc=(), input=None)]
    return ValidationError.from_exception_data(title, lines)


def _meant(key: str, missing: set[str], keys: list[str]) -> str:
    """The missing key that an unknown one was meant for; empty where it is none."""
    from difflib import get_close_matches

    close = get_close_matches(key, keys, n=1, cutoff=0.5)
    return close[0] if close and close[0] in missing else ""


def _no_component(kind: str, value: Any) -> SpecError:
    if isinstance(value, dict) and "type" not in value:
        return SpecError('"type" is missing', f"say which {kind} this is")
    if isinstance(value, dict):
        return SpecError(f'"type" is {shown(value["type"])}', "it must be a string", path=("type",))
    return SpecError(
        f"{shown(value)} is not {article(kind)}",
        f'write the type of {article(kind)}, or {{"type": …}}',
    )


def _plain(value: Any) -> Any:
    """The value, with numpy's scalars as Python's, and lists as tuples."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    return value


def _json_of(value: Any, defaults: bool, called: Called | None, name: str) -> Any:
    match value:
        case Spec():
            return value.document(defaults, called)
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list():
            return [_json_of(item, defaults, called, name) for item in value]
        case dict():
            return {str(key): _json_of(item, defaults, called, name) for key, item in value.items()}
    raise PluginError(
        f"the field {quote(name)} holds a {type(value).__name__}, which no JSON can say",
        "a spec holds numbers, strings, lists, objects and components only",
    )
