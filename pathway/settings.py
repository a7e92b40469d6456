"""Settings: the environment, or a `pathway.toml` in the working folder with the same names. The environment wins."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pathway.errors import PathwayError

FILE = "pathway.toml"


class SettingsError(PathwayError):
    """A setting that cannot be used: its name, and what was expected."""


class Settings(BaseSettings):
    """What a site may set. In `pathway.toml` the names are the same: `PATHWAY_DB = "postgresql://..."`."""

    model_config = SettingsConfigDict(env_prefix="PATHWAY_", toml_file=FILE, extra="ignore", frozen=True)

    db: SecretStr = SecretStr("sqlite:///pathway.db")
    """The database. Secret, since a URL may hold a password."""
    read_db: SecretStr | None = None
    """A replica to read lists from; the database itself where there is none."""
    time_zone: str = "UTC"
    """The clinic's: what `today` is, and when daily jobs run."""
    host: str = "127.0.0.1"
    port: int = 8501
    base_url: str = ""
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    protocol: str = ""
    """A site's own protocol file, laid over the local numbers."""
    import_chunk: int = Field(default=20_000, ge=1)
    """Lines of an import in one transaction: more are faster, fewer leave less to do again after a stop."""
    key: SecretStr | None = None
    """Seals the heads of the chains of hashes (HMAC)."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("a time zone such as Europe/Berlin") from None
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        return init_settings, env_settings, _PrefixedToml(settings_cls)


class _PrefixedToml(TomlConfigSettingsSource):
    """The file holds the names of the environment, prefix included."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        prefix = "PATHWAY_"
        self.init_kwargs = {
            name.removeprefix(prefix).lower(): value
            for name, value in self.toml_data.items()
            if name.startswith(prefix)
        }


@cache
def load() -> Settings:
    """The settings in force. Raises SettingsError naming the one that is wrong, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "PATHWAY_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}") from None
    except ValueError as error:
        raise SettingsError(f"{FILE} cannot be read: {type(error).__name__}") from None
