# The pipeline, the gateway and the other services: whatever `exhell` does, with the model server elsewhere.
#
#     docker build -f deployments/docker/pipeline.Dockerfile -t exhell-finetune:0.1.0 .
#     docker run --rm exhell-finetune:0.1.0 --help
#
# The model server has no image of its own here: vLLM's official one serves (serve.docker.image).
FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --create-home exhell
WORKDIR /app
# The environment is made of its lock alone, before the code: it is built again only when the lock changes.
COPY pyproject.toml Makefile README.md LICENSE ./
COPY deployments/environments deployments/environments
RUN mkdir -p flows tasks configs deployments bench && touch flows/__init__.py && \
    deployments/environments/install.sh .venv pipeline.txt
COPY . .
RUN chown -R exhell /app
USER 10001:10001
ENV PATH=/app/.venv/bin:$PATH DO_NOT_TRACK=1
ENTRYPOINT ["exhell"]
CMD ["--help"]
