"""Headings in six languages: at least five per role and language, with answers as such columns have them."""

import csv

import pytest

from cx.intake import mapping, sources
from cx.intake.read import open_table

PROSE = {
    "en": "It was not what I expected, but they were very friendly",
    "de": "Das war nicht gut und ich bin sehr unzufrieden mit der Lieferung",
    "fr": "Ce n'est pas mal, mais je suis très déçu par une livraison lente",
    "es": "No es muy bueno para una tienda con tanto personal",
    "it": "Non è molto buono per un negozio con tanto personale",
    "pt": "Não é muito bom para uma loja com tantos funcionários",
}
CELLS = {
    "nps": ["0", "7", "9", "10", "3"],
    "csat": ["1", "5", "4", "3", "2"],
    "ces": ["1", "7", "5", "6", "2"],
    "rating": ["1", "5", "4", "3", "2"],
    "date": ["2026-01-31", "2026-02-01", "2026-03-05"],
    "customer_id": ["K-17", "K-18", "K-17", "K-20"],
    "segment": ["Alpha", "Beta", "Gamma"],
    "channel": ["Web", "Phone", "Store"],
}
PERSONAL = {
    "@": [f"p{n}@example.com" for n in range(60)],
    "+": [f"+49 30 55{n:05d}" for n in range(60)],
    "n": [f"Anna{n} Muster" for n in range(60)],
}

HEADINGS = {
    "en": {
        "nps": ["How likely are you to recommend us to a friend or colleague?", "NPS", "Net Promoter Score", "Likelihood to recommend",
                "Would recommend (0-10)", "nps_score"],
        "csat": ["Overall satisfaction", "CSAT", "How satisfied are you with our service?", "Customer Satisfaction Score",
                 "Satisfaction with delivery", "csat_rating"],
        "ces": ["CES", "Customer Effort Score", "The company made it easy for me to handle my issue",
                "How easy was it to solve your problem?", "How much effort did you have to put in?", "Effort"],
        "comment": ["Comment", "What is the main reason for your score?", "Any other feedback?", "How can we improve?",
                    "Why did you choose this score?", "Additional comments", "Review text"],
        "date": ["Date", "Submitted at", "Response date", "Created on", "Date received", "Timestamp"],
        "customer_id": ["Customer ID", "customer_number", "Client ID", "Account number", "User ID", "Member No."],
        "rating": ["Rating", "Star rating", "Overall rating", "How would you rate your stay?", "Quality of the food", "Stars"],
        "channel": ["Channel", "Contact channel", "Sales channel", "Submitted via", "Feedback channel"],
        "segment": ["Region", "Country", "Store", "Product", "Department", "Plan"],
        "personal": ["E-mail@", "Email address@", "First name n", "Full name n", "Phone number+", "Mobile+"],
    },
    "de": {
        "nps": ["Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", "Weiterempfehlungsbereitschaft", "NPS-Wert",
                "Würden Sie uns Freunden empfehlen?", "Weiterempfehlung (0–10)"],
        "csat": ["Zufriedenheit", "Gesamtzufriedenheit", "Wie zufrieden sind Sie mit unserem Service?", "Kundenzufriedenheit",
                 "Zufriedenheit mit der Lieferung"],
        "ces": ["Wie einfach war es, Ihr Anliegen zu klären?", "Kundenaufwand", "Wie viel Aufwand hatten Sie?",
                "Wie leicht konnten Sie Ihr Problem lösen?", "Aufwand (CES)"],
        "comment": ["Kommentar", "Warum haben Sie diese Bewertung gegeben?", "Anmerkungen", "Was können wir verbessern?",
                    "Ihre Rückmeldung", "Verbesserungsvorschläge", "Begründung"],
        "date": ["Datum", "Antwortdatum", "Erstellt am", "Eingangsdatum", "Zeitstempel", "Abgeschickt am"],
        "customer_id": ["Kundennummer", "Kunden-ID", "Kundennr.", "Mitgliedsnummer", "Kunden-Nr."],
        "rating": ["Bewertung", "Sterne", "Gesamtbewertung", "Note", "Wie bewerten Sie Ihren Aufenthalt?", "Qualität der Speisen"],
        "channel": ["Kanal", "Kontaktkanal", "Vertriebskanal", "Kontaktweg", "Eingangskanal"],
        "segment": ["Bundesland", "Filiale", "Produkt", "Abteilung", "Tarif"],
        "personal": ["E-Mail-Adresse@", "Vorname n", "Nachname n", "Telefonnummer+", "Kundenname n", "Handy+"],
    },
    "fr": {
        "nps": ["Quelle est la probabilité que vous nous recommandiez à un ami ?", "Recommandation (0-10)", "Score NPS",
                "Recommanderiez-vous notre entreprise ?", "Intention de recommandation"],
        "csat": ["Satisfaction", "Êtes-vous satisfait de notre service ?", "Satisfaction globale", "Niveau de satisfaction",
                 "Satisfaction client"],
        "ces": ["Effort client", "A-t-il été facile de résoudre votre problème ?", "Quel effort avez-vous dû fournir ?",
                "CES (effort)", "Facilité de résolution de la demande"],
        "comment": ["Commentaire", "Pourquoi cette note ?", "Vos remarques", "Que pouvons-nous améliorer ?", "Votre avis",
                    "Suggestions", "Raison de votre note"],
        "date": ["Date", "Date de réponse", "Horodateur", "Créé le", "Date de soumission", "Reçu le"],
        "customer_id": ["Identifiant client", "N° client", "Numéro de client", "ID client", "Code client"],
        "rating": ["Note", "Évaluation", "Note globale", "Nombre d'étoiles", "Comment évaluez-vous votre séjour ?", "Qualité du repas"],
        "channel": ["Canal", "Canal de contact", "Canal d'achat", "Moyen de contact", "Canal de vente"],
        "segment": ["Région", "Magasin", "Produit", "Pays", "Formule"],
        "personal": ["Adresse e-mail@", "Prénom n", "Nom n", "Téléphone+", "Nom du client n", "Courriel@"],
    },
    "es": {
        "nps": ["¿Qué probabilidad hay de que nos recomiende a un amigo?", "Recomendación (0-10)", "Puntuación NPS",
                "¿Recomendaría nuestra empresa?", "Probabilidad de recomendación"],
        "csat": ["Satisfacción", "¿Qué tan satisfecho está con el servicio?", "Satisfacción general", "Nivel de satisfacción",
                 "Satisfacción del cliente"],
        "ces": ["Esfuerzo del cliente", "¿Fue fácil resolver su problema?", "¿Cuánto esfuerzo tuvo que hacer?", "Nivel de esfuerzo (CES)",
                "Facilidad para resolver su consulta"],
        "comment": ["Comentario", "¿Por qué nos da esa puntuación?", "Observaciones", "¿Qué podemos mejorar?", "Sugerencias",
                    "Su opinión", "Motivo de la nota", "Reseña"],
        "date": ["Fecha", "Fecha de respuesta", "Marca temporal", "Fecha de envío", "Creado el", "Fecha y hora"],
        "customer_id": ["ID de cliente", "Número de cliente", "Código de cliente", "Cliente ID", "Nº cliente"],
        "rating": ["Calificación", "Puntuación", "Valoración general", "Estrellas", "¿Cómo valora su estancia?", "Calidad de la comida"],
        "channel": ["Canal", "Canal de contacto", "Canal de venta", "Medio de contacto", "Canal de atención"],
        "segment": ["Región", "Tienda", "Producto", "País", "Provincia"],
        "personal": ["Correo electrónico@", "Nombre n", "Apellidos n", "Teléfono+", "Nombre del cliente n", "Móvil+"],
    },
    "it": {
        "nps": ["Quanto è probabile che ci consigli a un amico?", "Raccomandazione (0-10)", "Punteggio NPS",
                "Consiglierebbe la nostra azienda?", "Probabilità di raccomandare"],
        "csat": ["Soddisfazione", "Quanto è soddisfatto del servizio?", "Soddisfazione complessiva", "Livello di soddisfazione",
                 "Soddisfazione del cliente"],
        "ces": ["Sforzo del cliente", "È stato facile risolvere il suo problema?", "Quanto sforzo ha dovuto fare?", "CES – sforzo",
                "Facilità di risoluzione"],
        "comment": ["Commento", "Perché ha dato questo voto?", "Suggerimenti", "Cosa possiamo migliorare?", "Osservazioni",
                    "La sua opinione", "Recensione"],
        "date": ["Data", "Data risposta", "Data e ora", "Data di invio", "Creato il", "Informazioni cronologiche"],
        "customer_id": ["ID cliente", "Codice cliente", "Numero cliente", "Codice utente", "N. cliente"],
        "rating": ["Valutazione", "Voto", "Punteggio", "Stelle", "Come valuta il suo soggiorno?", "Qualità del cibo"],
        "channel": ["Canale", "Canale di contatto", "Canale di vendita", "Canale di acquisto", "Mezzo di contatto"],
        "segment": ["Regione", "Negozio", "Prodotto", "Paese", "Provincia"],
        "personal": ["Indirizzo e-mail@", "Nome n", "Cognome n", "Telefono+", "Nome e cognome n", "Cellulare+"],
    },
    "pt": {
        "nps": ["Qual a probabilidade de você nos recomendar a um amigo?", "Recomendação (0-10)", "Nota NPS",
                "Recomendaria a nossa empresa?", "Probabilidade de recomendar"],
        "csat": ["Satisfação", "Quão satisfeito está com o serviço?", "Satisfação geral", "Nível de satisfação",
                 "Satisfação do cliente"],
        "ces": ["Esforço do cliente", "Foi fácil resolver o seu problema?", "Quanto esforço você precisou fazer?", "CES (esforço)",
                "Facilidade para resolver o problema"],
        "comment": ["Comentário", "Por que você deu essa nota?", "Sugestões", "O que podemos melhorar?", "Observações",
                    "Sua opinião", "Motivo da nota"],
        "date": ["Data", "Data da resposta", "Data e hora", "Data de envio", "Criado em", "Carimbo de data/hora"],
        "customer_id": ["ID do cliente", "Código do cliente", "Número do cliente", "Cliente ID", "Código cliente"],
        "rating": ["Avaliação", "Nota", "Classificação", "Estrelas", "Como avalia a sua estadia?", "Qualidade da comida"],
        "channel": ["Canal", "Canal de atendimento", "Canal de contato", "Canal de venda", "Meio de contato"],
        "segment": ["Região", "Loja", "Produto", "País", "Estado"],
        "personal": ["Endereço de e-mail@", "Nome n", "Sobrenome n", "Telefone+", "Nome do cliente n", "Celular+"],
    },
}  # fmt: skip


def cases():
    for language, roles in HEADINGS.items():
        for role, headings in roles.items():
            assert len(headings) >= 5, (language, role)
            for heading in headings:
                yield language, role, heading


def cells_of(language, role, heading):
    if role == "personal":
        return heading.rstrip("@+").removesuffix(" n"), PERSONAL[heading[-1]]
    if role == "comment":
        return heading, [f"{PROSE[language]}, {n}." for n in range(60)]
    return heading, (CELLS[role] * 60)[:60]


@pytest.mark.parametrize(("language", "role", "heading"), list(cases()))
def test_role_from_a_heading_and_its_answers(tmp_path, language, role, heading):
    name, cells = cells_of(language, role, heading)
    with (tmp_path / "file.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([[name, "x"], *([cell, "ab"[n % 2]] for n, cell in enumerate(cells))])
    table = open_table(tmp_path / "file.csv")
    assert mapping.plan(table, sources.recognise(table)).columns[0].role == role


@pytest.mark.parametrize("heading", [
    "Regular hand washing is an effective protection measure", "Majority voting is an effective method",
    "How do you see these statements? - The overall effectiveness of vaccines", "Effective date",
])  # fmt: skip
def test_effective_is_not_effectiveness(tmp_path, heading):
    rows = [[heading, "x"], *([str(n % 5 + 1), "a"] for n in range(60))]
    with (tmp_path / "file.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    table = open_table(tmp_path / "file.csv")
    assert mapping.plan(table, sources.recognise(table)).columns[0].role == "segment"


@pytest.mark.parametrize("heading", [
    "Effectiveness", "How effective was our support team?", "The company met my needs", "Did we meet all of your needs?",
    "Wurden Ihre Bedürfnisse erfüllt?", "Avons-nous répondu à vos besoins ?",
])  # fmt: skip
def test_meeting_needs_is_effectiveness(tmp_path, heading):
    rows = [[heading, "x"], *([str(n % 5 + 1), "a"] for n in range(60))]
    with (tmp_path / "file.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    table = open_table(tmp_path / "file.csv")
    assert mapping.plan(table, sources.recognise(table)).columns[0].role == "effectiveness"
