import json

from openai import OpenAI
from pydantic import BaseModel

from telling import API_KEY, BASE_URL, EMPTY_KEY, raised, tell

client = OpenAI(base_url=BASE_URL, api_key=API_KEY)
MODEL = "demo/echo"


class Place(BaseModel):
    city: str
    people: int


PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def ask(text):
    return [{"role": "user", "content": text}]


def chat():
    answer = client.chat.completions.create(model=MODEL, messages=ask("Hello there"))
    return {"text": answer.choices[0].message.content, "usage": answer.usage.model_dump()}


def stream():
    text = ""
    finish = None
    for chunk in client.chat.completions.create(model=MODEL, messages=ask("Hello there"), stream=True):
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
            finish = chunk.choices[0].finish_reason or finish
    return {"text": text, "finish": finish}


def tools():
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
    messages = ask('call get_weather {"city":"Paris"}')
    first = client.chat.completions.create(model=MODEL, messages=messages, tools=[tool]).choices[0].message
    call = first.tool_calls[0]
    messages += [first.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}]
    second = client.chat.completions.create(model=MODEL, messages=messages, tools=[tool])
    return {"arguments": json.loads(call.function.arguments), "text": second.choices[0].message.content}


def structured():
    answer = client.chat.completions.parse(model=MODEL, messages=ask("Where?"), response_format=Place)
    return answer.choices[0].message.parsed.model_dump()


def responses():
    answer = client.responses.create(model=MODEL, input="Hello there")
    return {"text": answer.output_text, "status": answer.status}


def responses_stream():
    text = ""
    with client.responses.stream(model=MODEL, input="Hello there") as events:
        for event in events:
            if event.type == "response.output_text.delta":
                text += event.delta
        final = events.get_final_response()
    return {"text": text, "final": final.output_text}


def responses_continued():
    tool = {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": True}
    first = client.responses.create(model=MODEL, input='call get_weather {"city":"Paris"}', tools=[tool])
    call = first.output[0]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"}
    second = client.responses.create(model=MODEL, previous_response_id=first.id, input=[output], tools=[tool])
    return {"name": call.name, "text": second.output_text}


def embeddings():
    given = client.embeddings.create(model="demo/embedding", input=["one", "two"])
    return {"count": len(given.data), "length": len(given.data[0].embedding)}


def errors():
    def with_key(key):
        return OpenAI(base_url=BASE_URL, api_key=key, max_retries=0)

    def call(on, **changes):
        return lambda: on.chat.completions.create(**{"model": MODEL, "messages": ask("Hi"), **changes})

    return {
        "key": raised(call(with_key("sk-al-v1-wrong"))),
        "model": raised(call(with_key(API_KEY), model="demo/none")),
        "value": raised(call(with_key(API_KEY), max_tokens=-1)),
        "balance": raised(call(with_key(EMPTY_KEY))),
        "upstream": raised(call(with_key(API_KEY), model="demo/fail")),
    }


def broken_stream():
    seen = []

    def read():
        for chunk in client.chat.completions.create(model="demo/cut", messages=ask("Hello there"), stream=True):
            seen.append(chunk)

    return {"error": raised(read), "events": len(seen)}


tell(
    [
        chat,
        stream,
        tools,
        structured,
        responses,
        responses_stream,
        responses_continued,
        embeddings,
        errors,
        broken_stream,
    ]
)
