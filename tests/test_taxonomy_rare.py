"""What is rare in the sentences the model learned from: held by the default taxonomy's phrases. All sentences are invented."""

import pytest

from cx.text import embed, taxonomy

AWARENESS = """
I first heard about you on the radio.
My neighbour told me about this shop.
Saw your ad on the underground and got curious.
I came across the brand at a trade fair.
A colleague mentioned your company over lunch.
We stumbled upon the bakery while walking home.
Never heard of this brand before last week.
Found you through a Google search.
I discovered the app through a podcast.
Your billboard near the station caught my eye.
I noticed the commercial during the football match.
A friend told us about the new clinic in town.
I learned about your service from a newspaper article.
Found out about you through an influencer.
I got to know the company through a flyer in my letterbox.
Your advert popped up while I was reading the news.
We had never heard of the hotel until a taxi driver named it.
Heard good things about the place from my sister.
I spotted your van in our street and looked you up.
We became aware of your bank thanks to a TV spot.
"""
METRICS = """
You send me a survey after every single call.
The questionnaire was far too long.
I gave feedback last year and nothing happened.
They keep asking me to rate them five stars.
Nobody ever reads these surveys anyway.
I filled in the feedback form twice and heard nothing.
My negative review was deleted.
They offered me a voucher in exchange for a good review.
This survey does not let me choose not applicable.
Stop asking me for a rating every time I open it.
The survey link did not work.
You ask for our opinion but ignore it.
The scale from 0 to 10 in your questionnaire makes no sense.
They only publish the positive reviews.
I appreciate that you ask for my feedback.
Why ask for feedback if you never act on it?
The star rating on their page does not match the reviews.
Too many surveys from you lately.
My review was never published.
The feedback form asks the same question three times.
"""
DELIVERY = """
The parcel arrived two weeks late.
Delivery was quick and free.
The courier left the package in the rain.
Tracking said delivered but there was nothing at my door.
My order was shipped to the wrong address.
The box was crushed when it arrived.
Shipping took nearly a month.
The driver could not find our house and drove off.
They delivered the sofa a day early.
The tracking number never worked.
Half of the shipment was missing.
Next day delivery actually came the next day.
The package was thrown over the fence.
Our luggage did not make it onto the plane.
The flight was delayed by five hours.
Packaging was poor and two glasses were broken.
The delivery window was all day long.
They missed the delivery slot twice.
My suitcase came out damaged at the carousel.
Dispatch was fast, it was here within two days.
"""
MOBILE_APP = """
The app crashes every time I open it.
Love the new app, so simple to use.
Since the last update the app freezes.
I cannot log in to the mobile app with my fingerprint.
The Android version drains my battery.
The iPhone app keeps logging me out.
Push notifications arrive hours too late.
The app asks for too many permissions.
I use the app to check my balance every morning.
Please bring dark mode to the app.
The app would not accept my password.
Scanning a cheque with the app works like a charm.
The app on my tablet looks stretched.
The latest version of the app deleted my shopping list.
Mobile app is slow and full of ads.
I deleted the app after two days.
The widget of the app does not refresh.
The app froze on the start screen.
The new app design is confusing.
Downloading the app took forever.
"""
CHAT = """
The live chat was answered within seconds.
The chatbot did not understand a word.
I wrote three emails and got no answer.
Their chat agent solved it in five minutes.
The bot kept sending me in circles.
Nobody replied to my e-mail.
I sent a message through the contact form and never heard back.
The chat closed before I could finish typing.
Support answered my email within an hour.
I only got an automated reply to my email.
The chat window disappeared in the middle of the conversation.
I had to wait in the chat queue for forty minutes.
My ticket was closed without an answer.
Their email response was copied and pasted.
The live chat is only open until five.
The person in the chat was very patient.
I opened a support ticket two weeks ago.
They answered my emails with links that did not help.
The virtual assistant in the chat is useless.
I chatted with an agent who knew everything.
"""
SOCIAL_MEDIA = """
They answered my tweet within ten minutes.
I complained on Facebook and they deleted my post.
Your Instagram stories are fun to watch.
Only after I posted it on Twitter did somebody react.
They blocked me on Facebook.
I sent them a direct message on Instagram.
Your social media team is quick and funny.
Their LinkedIn posts are full of buzzwords.
No reaction to my comment on your Facebook page.
The TikTok videos are embarrassing.
I follow you on Instagram for the recipes.
Customer service on Twitter works better than anywhere else.
My post on their wall was ignored.
They replied to my public tweet with a standard text.
The YouTube channel has helpful clips.
I messaged them on WhatsApp and they answered at night.
Their social media is full of empty promises.
I had to shame them on Twitter before they moved.
You deleted my comment under your Facebook post.
The competition on Instagram was never drawn.
"""
LOYALTY_PROGRAMME = """
My points expired without any notice.
The loyalty card is worth it.
I have been a gold member for years and get nothing for it.
Redeeming my miles was impossible.
The rewards program used to be generous.
Points were never credited to my account.
Platinum members no longer get free upgrades.
I collect points with every purchase.
My frequent flyer number was not accepted.
The bonus points were missing from my last stay.
You devalued our miles overnight.
The members club has no benefits left.
I earned a free coffee with my loyalty card.
The loyalty programme is too complicated.
My elite status was not recognised at check in.
The reward voucher arrived on my birthday.
Cashback for members was cut in half.
I lost my silver status because of one missing night.
The stamp card is a nice idea.
Too few rewards for loyal customers.
"""
RARE = [
    ("stage", "Awareness", AWARENESS), ("pillar", "Metrics", METRICS), ("touchpoint", "delivery", DELIVERY),
    ("touchpoint", "mobile app", MOBILE_APP), ("touchpoint", "chat or email support", CHAT),
    ("touchpoint", "social media", SOCIAL_MEDIA), ("touchpoint", "loyalty programme", LOYALTY_PROGRAMME),
]  # fmt: skip
SENTENCES = [
    (column, name, sentence) for column, name, sentences in RARE for sentence in sentences.strip().splitlines()
]


@pytest.fixture(scope="module")
def answers():
    texts = [sentence for _, _, sentence in SENTENCES]
    return taxonomy.default().assign(texts, embed.vectors(texts))


def test_there_are_twenty_of_each():
    assert len(SENTENCES) == 20 * len(RARE)


@pytest.mark.parametrize("row", range(len(SENTENCES)), ids=[f"{name}: {text}" for _, name, text in SENTENCES])
def test_rare_nodes_are_found(answers, row):
    column, name, sentence = SENTENCES[row]
    assert answers[column][row] == name, sentence
