"""What a user may ask to be sent: one definition for `mta-emu send`, control socket and HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from labkit import problems
from labkit.origin import from_document
from mta_emu.mts.ipm.heading import MAX_SUBJECT

Model = TypeVar("Model", bound=BaseModel)
#: Recipients of a request.
MAX_RECIPIENTS = 5000
_MAX_BLIND = 100  # each gets a message of its own
#: Characters of a text that is not ASCII: to find the sets for them takes 50 ms.
LONGEST_TEXT = 1_000_000
_MAX_COUNT = 100_000
_MAX_FILES = 100
_MAX_NAMES = 100  # of users and messages in a heading
_YEARS = 5 * 365 * 86_400  # seconds
#: Fields of a request that are not of the submission: how it came.
_AROUND = frozenset(("command", "file_length"))


def _count(value: int) -> int:
    if not 1 <= value <= _MAX_COUNT:
        raise ValueError(f"must be 1 to {_MAX_COUNT}")
    return value


def _seconds(value: int) -> int:
    if not 1 <= value <= _YEARS:
        raise ValueError(f"must be 1 second or more, and at most {_YEARS}")
    return value


def _one_line(value: str) -> str:
    for character in value:
        if character < " " or character == "\x7f":
            raise ValueError(f"{character!r} is no character of a line")
    return value


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT and not value.isascii():
        raise ValueError(
            f"{len(value)} characters, not all of them ASCII: at most {LONGEST_TEXT}; "
            "what is longer travels as a file"
        )
    return value


Line = Annotated[str, AfterValidator(_one_line)]
Seconds = Annotated[int, AfterValidator(_seconds)]
Users = Annotated[list[Line], Field(max_length=_MAX_NAMES)]
#: Identifiers of messages, as `mta-emu mail show` has them: ID, or ID of ADDRESS.
Messages = Annotated[list[Line], Field(max_length=_MAX_NAMES)]
Priorities = Literal["urgent", "normal", "non-urgent"]
Prohibitions = Literal["conversion", "loss", "expansion", "reassignment"]
Methods = Literal["any", "mhs", "physical", "telex", "teletex", "g3-facsimile", "g4-facsimile"]
Reports = Literal["delivery", "non-delivery", "none"]
Importances = Literal["low", "normal", "high"]
Sensitivities = Literal["personal", "private", "company-confidential"]


class SubmissionRequest(BaseModel):
    """Interpersonal messages to be sent, or probes that ask whether they could be delivered.

    Users are O/R addresses, or `NAME <ADDRESS>` with the name that readers see.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: Line = Field(alias="from", examples=["C=US;A= ;P=Contoso;O=Outside;S=Jones"])
    to: list[Line] = Field(
        min_length=1,
        max_length=MAX_RECIPIENTS,
        examples=[["C=US;A= ;P=Contoso;O=Inside;S=Smith"]],
    )
    cc: list[Line] = Field([], max_length=MAX_RECIPIENTS, description="Copy recipients.")
    bcc: list[Line] = Field(
        [],
        max_length=_MAX_BLIND,
        description="Blind copy recipients: no other recipient sees them.",
    )
    subject: Line = Field("", max_length=MAX_SUBJECT)
    text: Annotated[str, AfterValidator(_text)] = ""
    rich_text: str = Field("", description="The same text as RTF.")
    priority: Priorities = "normal"
    importance: Importances = "normal"
    sensitivity: Sensitivities | None = None
    in_reply_to: Line | None = Field(None, description="The IPM that this answers: ID of ADDRESS.")
    obsoletes: Messages = []
    related_to: Messages = []
    reply_by: AwareDatetime | None = None
    reply_to: Users = []
    expires: AwareDatetime | None = None
    authorized_by: Users = []
    receipt: bool = Field(False, description="Ask for receipt and non-receipt notifications.")
    non_receipt: bool = Field(False, description="Ask for non-receipt notifications.")
    reply_requested: bool = False
    auto_forwarded: bool = False
    languages: list[Annotated[str, Field(pattern=r"^[A-Za-z-]{2,5}$")]] = Field([], max_length=20)
    count: Annotated[int, AfterValidator(_count)] = 1
    report: Reports | None = None
    return_content: bool | None = None
    deliver_within: Seconds | None = Field(None, description="Seconds of lab time.")
    defer: Seconds | None = Field(
        None, description="Seconds of lab time that it is kept here before it goes on."
    )
    alternate: Line | None = Field(None, description="Who gets it when a recipient cannot.")
    alternate_allowed: bool = Field(
        False, description="Whether the recipient's domain may assign somebody."
    )
    prohibit: list[Prohibitions] = Field([], description="What must not be done with it.")
    disclose_recipients: bool = Field(
        False, description="Whether MTAs show the recipients to each other."
    )
    delivery_methods: list[Methods] = Field([], description="Those wanted, the preferred first.")
    probe: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.defer and self.probe:
            raise ValueError("defer: must be of a message, and this is a probe")
        if self.defer and self.deliver_within and self.deliver_within <= self.defer:
            raise ValueError(
                f"deliver_within {self.deliver_within}: must be more than defer, {self.defer}"
            )
        if self.bcc and self.probe:
            raise ValueError("bcc: a probe has no blind copies")
        return self


class NamedFile(BaseModel):
    """A file that goes along, whose octets come after the request."""

    model_config = ConfigDict(extra="forbid")

    name: str
    length: Annotated[int, Field(ge=0)]


class LocalRequest(SubmissionRequest):
    """A request of the control socket, which may come with files."""

    files: list[NamedFile] = Field([], max_length=_MAX_FILES)

    @model_validator(mode="after")
    def _has_files_of_one_message(self) -> Self:
        if self.files and (self.count > 1 or self.probe):
            raise ValueError("files travel in one message: no probe, and a count of 1")
        return self


def read(request: Mapping[str, Any]) -> LocalRequest:
    """Read a request of the control socket. Raises ValueError that names what is wrong."""
    fields = {
        name: value for name, value in request.items() if name not in _AROUND and value is not None
    }
    return valid(LocalRequest, fields)


def valid(model: type[Model], fields: Mapping[str, Any]) -> Model:
    """The request that has these fields. Raises ValueError that names what is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        found = problems.in_words(error, model, from_document(fields), "")
        text = "; ".join(line.removeprefix("(top level): ") for line in found)
        raise ValueError(text) from error
