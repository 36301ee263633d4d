"""Everything that netaudit raises on purpose.

    NetauditError
    ├── InputError       nothing usable could be read from a source
    ├── RuleFileError    a rule, waiver or assumptions file is malformed
    └── QueryError       a question names something that does not exist, or is not well formed

All of them end a command with exit code 2. What is merely *not modelled*, or unreadable beside readable
things, is never an exception but a `netaudit.model.Diagnostic`, which says how it widens the answer.
"""


class NetauditError(Exception):
    """A mistake in what netaudit was given, told in one line; `place` is `file:line` where known."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.place = place


class InputError(NetauditError):
    """A source cannot be used at all."""


class RuleFileError(NetauditError, ValueError):
    """A rule file, a waiver file or an assumptions file is malformed."""


class QueryError(NetauditError, ValueError):
    """A question is malformed or names nothing that exists."""
