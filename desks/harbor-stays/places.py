"""What the cities of the stays are called in the languages of the desk."""

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    es: str
    zh: str


CITIES = {
    "Aveiro": City("Aveiro", "阿威罗"),
    "Braga": City("Braga", "布拉加"),
    "Coimbra": City("Coímbra", "科英布拉"),
    "Faro": City("Faro", "法鲁"),
    "Funchal": City("Funchal", "丰沙尔"),
    "Lagos": City("Lagos", "拉戈斯"),
    "Lisbon": City("Lisboa", "里斯本"),
    "Nazaré": City("Nazaré", "纳扎雷"),
    "Porto": City("Oporto", "波尔图"),
    "Sintra": City("Sintra", "辛特拉"),
    "Tavira": City("Tavira", "塔维拉"),
    "Évora": City("Évora", "埃武拉"),
}
