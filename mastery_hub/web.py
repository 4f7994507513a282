"""How a web process stops: gunicorn starts it with `--worker-class=mastery_hub.web.Worker`."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Whoever connected before the stop is answered, whoever comes later is refused at once, so that the proxy asks
    another process. gunicorn's own keeps its door open until its last request is done, lets nobody in meanwhile and
    then hangs up on all who wait: a form that was sent to it would be lost."""

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self.accept_waiting(listener)
                listener.close()

    def accept_waiting(self, listener: object) -> None:
        before = -1
        while before != self.nr_conns:
            before = self.nr_conns
            self.accept(listener)
