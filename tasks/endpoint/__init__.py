"""Measure an OpenAI-compatible endpoint as its users meet it: an open loop of requests, timed from when they were due.

    prompts = read_prompts(path)                                    # prompts.py
    plan = Plan(rate=2.0, requests=200, arrivals="poisson")         # load.py
    records = asyncio.run(run(Endpoint(url, model), prompts, plan))
    measured = summarise(records, plan, Limits(ttft_s=0.5))         # summary.py

A closed loop, which sends a request when another has ended, slows down with the server and so hides how long users
would have waited (coordinated omission; Tene, "How NOT to Measure Latency", 2013). Here requests are sent when the
schedule says, whatever became of those before, and a request that is sent late is timed from when it was due.
"""
