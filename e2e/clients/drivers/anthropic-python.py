from anthropic import Anthropic
from pydantic import BaseModel

from telling import API_KEY, EMPTY_KEY, ORIGIN, raised, tell

client = Anthropic(base_url=ORIGIN, api_key=API_KEY)
MODEL = "demo/echo"
TOOL = {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


class Place(BaseModel):
    city: str
    people: int


def ask(text):
    return [{"role": "user", "content": text}]


def message():
    answer = client.messages.create(model=MODEL, max_tokens=200, messages=ask("Hello there"))
    return {"text": answer.content[0].text, "stop": answer.stop_reason, "usage": answer.usage.model_dump()}


def stream():
    with client.messages.stream(model=MODEL, max_tokens=200, messages=ask("Hello there")) as events:
        text = "".join(events.text_stream)
        final = events.get_final_message()
    return {"text": text, "final": final.content[0].text, "stop": final.stop_reason}


def tools():
    messages = ask('call get_weather {"city":"Paris"}')
    first = client.messages.create(model=MODEL, max_tokens=200, messages=messages, tools=[TOOL])
    use = first.content[0]
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "18 degrees"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = client.messages.create(model=MODEL, max_tokens=200, messages=messages, tools=[TOOL])
    return {"input": use.input, "text": second.content[0].text}


def structured():
    answer = client.messages.parse(model=MODEL, max_tokens=200, messages=ask("Where?"), output_format=Place)
    return answer.parsed_output.model_dump()


def count_tokens():
    return client.messages.count_tokens(model=MODEL, messages=ask("Hello there")).input_tokens


def errors():
    def with_key(key):
        return Anthropic(base_url=ORIGIN, api_key=key, max_retries=0)

    def call(on, **changes):
        return lambda: on.messages.create(**{"model": MODEL, "max_tokens": 50, "messages": ask("Hi"), **changes})

    return {
        "key": raised(call(with_key("sk-al-v1-wrong"))),
        "model": raised(call(with_key(API_KEY), model="demo/none")),
        "value": raised(call(with_key(API_KEY), max_tokens=-1)),
        "balance": raised(call(with_key(EMPTY_KEY))),
        "upstream": raised(call(with_key(API_KEY), model="demo/fail")),
    }


def broken_stream():
    def read():
        with client.messages.stream(model="demo/cut", max_tokens=200, messages=ask("Hello there")) as events:
            events.get_final_message()

    return raised(read)


tell([message, stream, tools, structured, count_tokens, errors, broken_stream])
