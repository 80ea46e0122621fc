"""What a deployment acts on: one model server, the registry that says what it should serve, and the artifact store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from configs.load import store_root, template_path
from configs.schema import Profile, ServeConfig
from tasks.artifacts import Adapter
from tasks.serving import ModelServer, served_modules, weights_of
from tasks.storage import Store
from tasks.tracking import Registry, tracker


@dataclass(frozen=True)
class Site:
    """One server on which an adapter is to serve, or a merged model; `base_path` is the model that it holds."""

    server: ModelServer
    registry: Registry
    store: Store
    serve: ServeConfig
    modules: tuple[str, ...]
    base_path: Path
    template: Path
    max_tokens: int


@dataclass(frozen=True)
class Serving:
    """What serves at a site, against what should. `loaded` is empty and `base` None while the server is down."""

    url: str
    healthy: bool
    base: str | None
    loaded: tuple[str, ...]
    champion: str | None
    champion_version: int | None
    previous: str | None

    @property
    def as_it_should_be(self) -> bool:
        """Whether the champion, if there is one, can be asked."""
        return self.healthy and (self.champion is None or self.champion in self.loaded)


@contextmanager
def open_site(profile: Profile, url: str | None = None, adapter: Adapter | None = None) -> Iterator[Site]:
    """The server at an address, which can offer this adapter; by default where the profile's first server stands.

    Raises BaseModelError where the base model is not on this machine, StorageError where the merged one is not whole.
    """
    with ModelServer(url or profile.serve.url) as server:
        yield Site(
            server=server,
            registry=tracker(profile).registry,
            store=Store(store_root(profile)),
            serve=profile.serve,
            modules=served_modules(profile),
            base_path=weights_of(profile, adapter).path,
            template=template_path(profile.base_model.chat_template),
            max_tokens=profile.evaluate.max_tokens,
        )


def status(site: Site) -> Serving:
    """What serves and what should. Raises TrackingError where MLflow is out of reach."""
    champion, previous = site.registry.champion(), site.registry.previous()
    healthy = site.server.healthy()
    return Serving(
        url=site.server.url,
        healthy=healthy,
        base=site.server.base_digest() if healthy else None,
        loaded=tuple(sorted(site.server.models())) if healthy else (),
        champion=champion.name if champion else None,
        champion_version=champion.version if champion else None,
        previous=previous.name if previous else None,
    )
