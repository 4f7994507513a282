import os

from django.core.wsgi import get_wsgi_application

os.environ["PROCESS"] = "web"  # settings give web requests limits that commands and workers must not have
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastery_hub.settings")

application = get_wsgi_application()
