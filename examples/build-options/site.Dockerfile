FROM python:3.12-slim AS site
ARG TITLE=Hello
WORKDIR /site
RUN echo "<h1>$TITLE</h1>" > index.html
EXPOSE 8000

FROM site AS tests
RUN python -c "assert '<h1>' in open('index.html').read()"
