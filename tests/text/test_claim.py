import pytest

from guard.text.claim import is_claim, skip_preface


@pytest.mark.parametrize(
    "sentence",
    [
        "您好！", "希望以上内容对您有帮助。", "Feel free to ask.",
        "抱歉，我无法回答这个问题。",
        "I'm sorry, I can't say.",
        "资料中没有提到具体日期。", "The document does not mention a price.",
        "我认为这是个好主意。", "Perhaps it will rain.",
        "你想了解哪一款？",
        "Which one do you mean?", "```py\nx = 1\n```", "# Overview", "主要内容如下：", "|---|---|", "***",
        "Sure, happy to help.", "好的", "Hello my friend!", "Thanks a lot!", "不客气，很高兴为您服务！",
        "很抱歉给您带来不便。",
        "感谢您的耐心等待，我们会尽快为您处理。", "如有任何问题，请随时联系我们。",
        "希望对您有帮助，祝您愉快！",
        "If you have any other questions, feel free to ask.", "If you want, I can explain more.",
        "Let me know if you need advice, help, or anything else.",
        "I'm sorry, but I don't have information about the price.", "Unfortunately, I cannot answer that.",
        "很抱歉，资料中没有提到退款政策。", "我无法回答，因为资料中没有提到。",
        "关于2023年的利润，资料中没有提到。",
        "I couldn't find the 2023 revenue.", "资料中没有提到退款，也没有提到2023年的利润。",
        "The document does not mention the price, the date, or the author.",
        "抱歉，这个我不能提供。", "好的，正在为您登记。", "如有疑问，请联系人工客服。",
        "**退款说明**", "1. **Refund policy**", "**Refunds**:", "#退款说明", "## 2. Refunds",
        "| 年份 | 2022 |\n|---|:--:|", "Here are the 3 main points:", "主要有以下3点：", "本产品有5个优点：",
        "抱歉，提供的资料中没有关于停车场的信息。", "很抱歉，我没有找到相关信息。", "资料中暂无相关信息。",
        "根据提供的资料，没有找到相关内容。", "目前的资料里查不到退款时间。", "根据现有信息，无法得出结论。",
        "暂时无法回答您的问题。", "对不起，我回答不了这个问题。", "从资料中无法得知具体时间。",
        "仅凭这些资料还不能确定具体日期。", "建议您咨询医生。", "建议您致电博物馆咨询。",
        "请以官方公告为准。", "建议提前规划好行程。", "周末人可能会比较多。", "据我所知，情况并非如此。",
        "应该没有问题。", "以上就是全部内容。", "There is no information about parking in the sources.",
        "No information is provided about the price.", "This is not mentioned in the text.",
        "The price is not specified.", "I don't see that in the documents.",
        "Based on the provided context, I cannot answer that.", "I was unable to find any details on this.",
        "It's unclear from the sources whether pets are allowed.", "As an AI, I cannot give medical advice.",
        "You may want to check with your doctor.", "Please consult a doctor.",
        "I'd recommend the official site.", "It might be busy at weekends.",
        "You could probably see it all in two hours.", "Let's break it down.", "2023年主要数据如下：",
        "Certainly! Here are the 3 main points:",
    ],
)  # fmt: skip
def test_is_claim_passes_over_talk(sentence):
    assert not is_claim(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "年卡售价2600元。",
        "- The fee is due in May.",
        "我认为价格是300元。",
        "The bridge opened in 1931.",
        "| 价格 | 300元 |",
        "您好，您的订单支持30天无理由退货。", "您好您的订单已发货。", "好的，您的套餐每月包含100G流量。",
        "当然可以，您可以免费退货。",
        "感谢您的咨询，退款将在30天内到账。", "很抱歉，本商品不支持退款。",
        "如有任何质量问题，可在60天内退货。",
        "谢谢您的支持！本店支持退货。", "如果您有收据，可以在60天内退货。", "请致电400-123-4567。",
        "我们会在3天内为您处理。",
        "文中没有提到退款，但规定保修期为5年。", "资料中没有提到退款，保修期为5年。",
        "退款期限为30天，但文中没有提到手续费。",
        "Of course, refunds take 30 days.", "Sure, the warranty covers accidents.",
        "Hello! It ships from Berlin.",
        "Please note that refunds take 30 days.", "If you have a receipt, you can return it within 60 days.",
        "Thanks to the new law, prices fell 20%.", "Thank you for your patience, the refund was sent.",
        "Hi-Tech Corp reported a profit.", "Hey Jude was a hit.", "#1 in sales, Acme sold 5 million cars.",
        "I'm sorry, but the museum is closed.", "Unfortunately, the shop closes at 5.",
        "I don't know the price, but the warranty covers accidents.",
        "Although it opened in 1931, the text does not mention who built it.",
        "Contact a doctor if the fever stays.", "如有不适，请咨询医生。",
        "**退款期限为30天**", "**本商品支持退货。**", "退款期限为7天：", "3个月内可退货：",
        "The price is $50:",
        "资料中没有关于门票的信息，但博物馆周一闭馆。", "没有找到犯罪证据，被告当庭释放。",
        "目前没有任何副作用报告。", "无法提供发票的商品不支持退货。", "文言文中没有提到耳机。",
        "建议孕妇服用本品。", "建议每周运动3次。", "以上就是全部内容，本品孕妇禁用。",
        "There is no mention of the price, but pets are allowed.",
        "No details were changed in the second edition.", "Lunch is not provided.", "Theft is not covered.",
        "The price is not stated in the contract, but it is 40 euros.", "It may cause liver damage.",
        "Please see a doctor if the fever stays.", "Let's Encrypt issues free certificates.",
        "您好，" * 999,
    ],
)  # fmt: skip
def test_is_claim_takes_statements(sentence):
    assert is_claim(sentence)


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("根据资料，增幅为3%。", "增幅为3%。"),
        ("- According to the sources, it rose.", " it rose."),
        ("1. 价格上涨。", "价格上涨。"),
        ("It rose.", "It rose."),
        ("根据资料退款时间为30天。", "退款时间为30天。"),
        ("根据公司公告信息净利润为5亿元。", "净利润为5亿元。"),
        ("参考资料：年费500元", "年费500元"),
        ("根据您提供的文档内容可知，涨了3%。", "涨了3%。"),
        ("根据来源1和来源2，涨了3%。", "涨了3%。"),
        ("根据《员工手册》内容，年假5天。", "年假5天。"),
        ("根据《个人信息保护法》第十条罚款50万元", "根据《个人信息保护法》第十条罚款50万元"),
        ("According to source 1, it rose.", " it rose."),
        ("According to the text 5 men left.", " 5 men left."),
        ("From 30 documents, it rose.", "From 30 documents, it rose."),
        ("您好，根据资料，涨了3%。", "涨了3%。"),
        ("Sure! It rose.", "It rose."),
        ("好的！", "好的！"),
        ("-5℃是最低气温。", "-5℃是最低气温。"),
        ("1.5亿元是利润。", "1.5亿元是利润。"),
    ],
)
def test_skip_preface_leaves_the_claim(sentence, rest):
    assert sentence[skip_preface(sentence) :] == rest
