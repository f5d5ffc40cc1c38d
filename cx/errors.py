"""Every error a user can meet. A message says what happened, where (file, row, column) and what to do."""


class CXError(Exception):
    """Something the user can understand and mend; shown as one line, never as a traceback."""


class IntakeError(CXError):
    """A file could not come in. Nothing was stored."""


class EmptyFileError(IntakeError):
    """The file has no content, or a header and no rows."""


class NotATableError(IntakeError):
    """The file is not a table that can be read (a picture renamed to .csv, a locked workbook, broken JSON)."""


class NothingToAnalyseError(IntakeError):
    """No column has a role besides segment, or every row was rejected."""


class MappingError(IntakeError):
    """A column or a role named by the user does not exist, or a column's values cannot play the role."""


class TaxonomyError(CXError):
    """A taxonomy file cannot be read: which node, what is wrong."""


class CatalogueError(CXError):
    """A catalogue of translated sentences, or the file beside it, cannot be read: which line."""


class ScaleError(CXError):
    """An answer lies off the scale it was counted on."""


class FilterError(CXError):
    """A filter names a column that the dataset has not, or a value that cannot be compared."""


class StoreError(CXError):
    """A dataset cannot be found, written or read."""


class NoteError(CXError):
    """An annotation, a target, a benchmark or a name that people give cannot be kept: what is missing or wrong with it."""


class NotAllowedError(StoreError):
    """The principal may not do this."""


class JobError(CXError):
    """A job cannot be started, retried or cancelled."""


class CancelledError(CXError):
    """The user cancelled the job; nothing was stored."""


class AccessError(CXError):
    """The request cannot be answered in this mode."""
