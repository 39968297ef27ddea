"""The openai package, guarded, against Qianfan, FastDeploy, vLLM or any endpoint like them.

ERNIE_BASE_URL=https://qianfan.baidubce.com/v2 ERNIE_API_KEY=… python examples/openai_client.py
"""

import os

from openai import OpenAI

from guard import wrap_openai

client = wrap_openai(
    OpenAI(base_url=os.environ["ERNIE_BASE_URL"], api_key=os.environ["ERNIE_API_KEY"]), "default"
)
model = os.environ.get("ERNIE_MODEL", "ernie-4.5-turbo-128k")
messages = [{"role": "user", "content": "我的手机是13800138000，帮我写一句请假的话。"}]

completion = client.chat.completions.create(model=model, messages=messages)
print(completion.choices[0].message.content)

with client.chat.completions.create(model=model, messages=messages, stream=True) as stream:
    for chunk in stream:
        for choice in chunk.choices:
            print(choice.delta.content or "", end="")
print()
