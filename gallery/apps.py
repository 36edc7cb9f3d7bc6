from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = "Galleries"

    def ready(self) -> None:
        from gallery import audit, checks  # noqa: F401  (checks registers the system checks)

        audit.listen()
