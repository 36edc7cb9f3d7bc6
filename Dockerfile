FROM python:3.11-slim

# What the site keeps lies in the volume /data; the static files are the image's own.
ENV PYTHONUNBUFFERED=1 VAR_DIR=/data STATIC_ROOT=/app/collected
RUN useradd --create-home --uid 1000 celebattr && install -d -o celebattr /data /app/collected
WORKDIR /app

# "cpu" leaves torch out, for a machine without a GPU on which nothing is to be trained.
ARG ENGINE=""
COPY locks locks
RUN pip install --no-cache-dir --require-hashes \
    -r locks/requirements${ENGINE:+-$ENGINE}.txt -r locks/requirements-s3.txt

COPY manage.py gunicorn.conf.py LICENSE ./
COPY celebattr celebattr
COPY gallery gallery
COPY ml ml
COPY locale locale
COPY static static
COPY templates templates

USER celebattr
RUN SECRET_KEY=for-this-step-only python manage.py collectstatic --no-input --verbosity 0

VOLUME /data
EXPOSE 80
CMD ["sh", "-c", "python manage.py migrate --no-input && python manage.py activate_model --if-none && exec gunicorn --bind 0.0.0.0:80 celebattr.wsgi"]
