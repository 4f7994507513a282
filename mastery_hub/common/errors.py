class DomainError(Exception):
    """An expected refusal: `message` is a sentence for the person who asked, `code` a word for tests and logs."""

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
