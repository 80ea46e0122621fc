# Everything on one GPU host, or one run of a Docker or Kubernetes pool: pipeline, training and serving environments.
#
#     docker build -f deployments/docker/gpu.Dockerfile -t exhell-finetune-gpu:0.1.0 .
#
# CUDA's libraries come with the wheels of the locks, the driver from the host (NVIDIA's container toolkit).
FROM python:3.11-slim-bookworm

# vLLM compiles kernels when it starts.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --create-home exhell
WORKDIR /app
COPY pyproject.toml Makefile README.md LICENSE ./
COPY deployments/environments deployments/environments
RUN mkdir -p flows tasks configs deployments bench && touch flows/__init__.py && make setup GPU=1
COPY . .
RUN mkdir -p .exhell && chown -R exhell:exhell /app/.exhell
USER 10001:10001
ENV PATH=/app/.venv/bin:$PATH DO_NOT_TRACK=1
VOLUME /app/.exhell
ENTRYPOINT ["exhell"]
CMD ["--help"]
