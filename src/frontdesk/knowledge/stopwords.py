"""Words that carry nothing when somebody asks, by language; other languages have none here."""

from __future__ import annotations

import re

STOPWORDS = {
    "en": frozenset(
        """a about after all also am an and any anything are as at be been before being but by can
        could do does doing for from get getting give given go going got had has have
        having hello help hey hi how i if in into is it its just know let like long made
        make many may me mean might mine more much must my need no not now of off ok okay
        on one or other our out over please possible question quick said say see shall she
        should so some something still sure take tell than thank thanks that the their
        them then there these they thing this those to too up us very want wanted was way
        we well were what when where whether which while who whose why will wish with
        without would wondering yes yet you your actually happen happens wait first again
        anyone anyway curious another bad best better big bit cool dear different fair few
        fine general good great guys kind kindly last least less little lot main maybe
        nice only own perfect plain quickly quite random real really regarding related
        right same side silly simple simply single small sorry special stupid such though
        topic various while whole worth wow""".split()  # noqa: SIM905
    ),
    "es": frozenset(
        """a al algo alguien algún alguna alguno algunos ahí ahora allí antes aquel aquí así aunque
        ayuda ayudar bien bueno buenas buenos como cómo con cual cuál cuáles cuando cuándo
        cuanta cuánta cuántas cuanto cuánto cuántos da dan dar de debe debo decir deja del
        desde después día días dice dime dónde donde e el él ella ellos en entonces era
        eres es esa ese eso esta está están estar estas este esto estos estoy favor fue
        funciona gracias gustaría ha haber había hace hacen hacer hago han hasta hay haya
        he hola importa ir la las le les lo los más me mejor mi mí mis mismo mucho muchos
        muy nada necesito ni no nos nosotros o os otra otro para pasa pasar pero poco
        podemos poder podría pone por porque posible pregunta primero pronto puede pueden
        puedo pues que qué quería quien quién quiere quiero quisiera saber se sé sea según
        ser si sí sido siempre sin sobre sois solo sólo somos son soy su sus tal también
        tan tanto te tengo tenéis tenemos tener ti tiene tienen tienes toda todas todavía
        todo todos tu tú tus un una unas uno unos usted ustedes va vale vamos van vosotros
        voy vuestra vuestro y ya yo""".split()  # noqa: SIM905
    ),
}

_CHINESE = (
    "请问|可以|可不可以|能不能|能否|是否|有没有|是不是|怎么样|怎么|怎样|如何|什么时候|什么|为什么|"
    "哪里|哪儿|哪些|哪个|多少|多久|多长时间|一下|一般|需要|应该|告诉|知道|如果|的话|因为|所以|但是|"
    "你们|我们|他们|这个|那个|你好|您好|谢谢|我想|想要|"
    "[我你您他她它的了吗呢吧啊呀是有在要想会能就都也还和跟与或把给请很太]"
)
UNSPACED_STOPWORDS = re.compile(_CHINESE)
"""The same for Chinese, where they stand between the others without spaces."""
