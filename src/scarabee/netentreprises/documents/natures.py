"""The natures of returns: what each is, who sends it, what to do with it (api-dsn §7.2, retours §3 and §8).

The list grows every year: a number that is not here is « Retour de nature N ».
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scarabee.netentreprises.documents.values import Family


@dataclass(frozen=True, slots=True)
class Nature:
    """Words for the user. `is_neores`: the return comes as NEOReS."""

    label: str
    sender: str
    meaning: str
    action: str
    is_neores: bool = False


_FILE = "Rien à faire : classez-le."
_NEXT_MONTH = "Corrigez dans la prochaine DSN."
_CERTIFICATE = "Envoyez la DSN mensuelle qui manque, ou faites l’attestation sur net-entreprises.fr."
_URSSAF = "Urssaf Caisse nationale"

NATURES: Mapping[str, Nature] = {
    "10": Nature(
        "Accusé d’enregistrement ou avis de rejet",
        "Point de dépôt",
        "L’accusé d’enregistrement (AEE) dit que le fichier est reçu, pas encore qu’il est accepté ; "
        "l’avis de rejet (ARE) dit qu’il n’est pas reçu.",
        "AEE : gardez-le, il prouve le dépôt, et attendez le certificat de conformité. "
        "ARE : corrigez le fichier et déposez-le de nouveau avant l’échéance.",
    ),
    "11": Nature(
        "Certificat de conformité ou bilan d’anomalies",
        "Système d’information DSN",
        "Le certificat (CCO) dit que la déclaration est conforme et transmise aux organismes ; "
        "avec un bilan d’anomalies (BAN), rien n’est pris en compte.",
        "CCO : gardez-le, puis lisez les retours des organismes. "
        "BAN : corrigez chaque anomalie bloquante, contrôlez le fichier et déposez-le de nouveau.",
    ),
    "20": Nature(
        "Bilan d’identification des salariés (BIS)",
        "CNAV (SNGI)",
        "Chaque salarié déclaré a été cherché au répertoire : reconnu, parfois avec une autre identité, ou inconnu.",
        "Vérifiez avec le salarié, puis déclarez le changement d’identité (bloc S21.G00.31) dans la prochaine DSN. "
        "Pour un salarié inconnu, demandez-lui ses justificatifs.",
    ),
    "21": Nature(
        "Contrôles entre déclarations, ou attestation non constituée",
        "Système d’information DSN",
        "Les déclarations successives ne se suivent pas, ou n’ont pas permis de constituer une attestation.",
        "Déclarez l’embauche, la fin ou le changement de contrat qui manque. " + _CERTIFICATE,
    ),
    "22": Nature(
        "Préparation des arrêts de plus de six mois (A6M)",
        "Système d’information DSN",
        "L’attestation d’un arrêt de plus de six mois n’a pas pu être préparée.",
        _CERTIFICATE,
    ),
    "23": Nature(
        "Contrôles du temps partiel thérapeutique",
        "Système d’information DSN",
        "L’attestation de temps partiel thérapeutique n’a pas pu être constituée.",
        "Refaites le signalement, ou l’attestation sur net-entreprises.fr.",
    ),
    "30": Nature("Accusé de réception", "CNAM ou MSA", "La caisse a reçu le signalement.", _FILE),
    "31": Nature(
        "Compte rendu d’arrêt de travail ou de reprise",
        "CNAM ou MSA",
        "La caisse dit ce qu’est devenu le signalement d’arrêt ou de reprise.",
        "En cas d’anomalie, envoyez ce qui manque, ou faites l’attestation sur net-entreprises.fr.",
    ),
    "33": Nature(
        "Compte rendu d’arrêt de plus de six mois",
        "CNAM ou MSA",
        "La caisse dit ce qu’est devenue l’attestation d’un arrêt de plus de six mois.",
        _CERTIFICATE,
    ),
    "34": Nature(
        "Taux d’accidents du travail (AT/MP)",
        "CNAM",
        "Les taux AT/MP de l’établissement, par section et code risque.",
        "Saisissez le taux, la section et le code risque en paie, à leur date d’effet.",
    ),
    "36": Nature(
        "Compte rendu de temps partiel thérapeutique",
        "CNAM",
        "La caisse dit ce qu’est devenue l’attestation de temps partiel thérapeutique.",
        "En cas d’anomalie, refaites l’attestation sur net-entreprises.fr.",
    ),
    "38": Nature(
        "Compte rendu de temps partiel thérapeutique",
        "MSA",
        "La caisse dit ce qu’est devenue l’attestation de temps partiel thérapeutique.",
        "En cas d’anomalie, refaites l’attestation sur net-entreprises.fr.",
    ),
    "40": Nature(
        "Accusé de réception", "France Travail", "Le signalement de fin de contrat est arrivé à France Travail.", _FILE
    ),
    "41": Nature(
        "Attestation d’employeur rematérialisée (AER)",
        "France Travail",
        "L’attestation d’employeur tirée du signalement de fin de contrat.",
        "Vérifiez-la et remettez-la au salarié.",
    ),
    "42": Nature(
        "Compte rendu des CDD d’usage",
        "France Travail",
        "France Travail dit ce qu’est devenu le signalement.",
        "En cas d’anomalie, corrigez le signalement.",
    ),
    "44": Nature(
        "Attestation d’employeur ou compte rendu de fin de contrat (FCTU)",
        "France Travail",
        "L’attestation tirée du signalement de fin de contrat, ou les raisons pour lesquelles elle manque.",
        "Remettez l’attestation au salarié ; en cas d’anomalie, remplacez le signalement.",
    ),
    "50": Nature(
        "Accusé de distribution",
        "Organisme complémentaire",
        "La déclaration a été transmise à l’organisme complémentaire.",
        _FILE,
    ),
    "51": Nature(
        "Compte rendu d’un organisme complémentaire",
        "Institution de prévoyance, mutuelle ou assureur",
        "L’organisme dit ce qu’il a pris de la déclaration, et ce qu’il a corrigé.",
        "Erreurs : corrigez la référence du contrat, l’affiliation ou le paiement ; si rien n’a été pris, "
        "refaites la déclaration. Informations : il suffit de les lire.",
    ),
    "60": Nature("Accusé de réception", "Urssaf", "La déclaration est arrivée à l’Urssaf.", _FILE),
    "61": Nature(
        "Compte rendu Urssaf : déclaration et paiement",
        "Urssaf",
        "Le montant déclaré et le paiement que l’Urssaf a enregistrés, avec ses remarques.",
        "Comparez le montant retenu avec le vôtre, validez le mandat SEPA s’il est demandé. " + _NEXT_MONTH,
    ),
    "62": Nature(
        "Compte rendu Urssaf : données nominatives",
        "Urssaf",
        "Ce que l’Urssaf a relevé dans les données individuelles.",
        _NEXT_MONTH,
    ),
    "70": Nature("Accusé de réception", "Agirc-Arrco", "La déclaration est arrivée à l’Agirc-Arrco.", _FILE),
    "71": Nature(
        "Compte rendu Agirc-Arrco",
        "Agirc-Arrco",
        "Les cotisations calculées par la retraite complémentaire.",
        "Comparez les cotisations calculées avec celles qui ont été déclarées.",
    ),
    "80": Nature("Contrôles métier MSA", "MSA", "Ce que la MSA a relevé dans la déclaration.", _NEXT_MONTH),
    "90": Nature(
        "Mandat à acquitter",
        "DGFiP",
        "Un mandat de prélèvement attend votre accord.",
        "Validez le mandat dans l’espace professionnel d’impots.gouv.fr.",
    ),
    "92": Nature("Accusé de réception", "DGFiP", "La déclaration est arrivée à la DGFiP.", _FILE),
    "93": Nature(
        "Compte rendu financier DGFiP",
        "DGFiP",
        "Le paiement du prélèvement à la source ne peut pas être pris en compte.",
        "Corrigez les coordonnées bancaires ou le mandat, puis remplacez la DSN avant l’échéance ; "
        "ensuite et jusqu’à la fin du mois, payez sur impots.gouv.fr.",
    ),
    "94": Nature(
        "Taux de prélèvement à la source (CRM nominatif)",
        "DGFiP",
        "Les taux du prélèvement à la source de vos salariés, et ceux que la DGFiP n’a pas reconnus.",
        "Relisez les écarts, appliquez les taux à la prochaine paie et déclarez avec eux l’identifiant du CRM.",
    ),
    "95": Nature(
        "Taux non appliqués (« taux sur taux »)",
        "DGFiP",
        "Des versements ont été déclarés avec un autre taux que celui que la DGFiP avait transmis.",
        "Comparez avec les CRM nominatifs reçus et appliquez le bon taux ; "
        "si l’erreur est la vôtre, régularisez (bloc S21.G00.56).",
    ),
    "114": Nature(
        "Compte rendu d’amorçage des données variables",
        "Système d’information DSN",
        "Le dernier contrat du salarié que la DSN connaît.",
        "Reprenez ce numéro et cette date de contrat dans la prochaine DSN.",
    ),
    "116": Nature(
        "Compte rendu des congés payés du bâtiment",
        "CIBTP",
        "Ce que la caisse de congés payés a relevé dans la déclaration.",
        "Corrigez les données du contrat ou de l’activité dans la prochaine DSN.",
    ),
    "117": Nature(
        "Taux de bonus-malus de l’assurance chômage",
        "Urssaf Caisse nationale ou MSA",
        "Le taux modulé de la contribution d’assurance chômage de l’entreprise.",
        "Saisissez en paie le taux et son identifiant pour la période indiquée.",
    ),
    "118": Nature(
        "Effectifs calculés",
        "Urssaf ou MSA",
        "Les effectifs que l’organisme a calculés d’après vos DSN.",
        "Comparez-les aux vôtres, donnez-les à l’employeur et vérifiez les seuils.",
        is_neores=True,
    ),
    "119": Nature(
        "Accompagnement à la résolution des anomalies",
        _URSSAF,
        "Ce que l’Urssaf a relevé dans la DSN, quelques heures après son dépôt.",
        "Corrigez tout de suite : remplacez la DSN si l’échéance n’est pas passée, sinon régularisez.",
        is_neores=True,
    ),
    "120": Nature(
        "Bilan mensuel d’accompagnement",
        _URSSAF,
        "Ce qui reste à corriger quelques jours après l’échéance.",
        "Régularisez dans la prochaine DSN.",
        is_neores=True,
    ),
    "121": Nature(
        "Identité des personnes (CRM Identité)",
        "CNAV (SNGI)",
        "Les salariés que le répertoire ne reconnaît pas, ou connaît sous une autre identité.",
        "À traiter avant le BIS : vérifiez avec le salarié, puis déclarez le changement d’identité (bloc S21.G00.31).",
        is_neores=True,
    ),
    "123": Nature(
        "Compte rendu de fin de contrat, congés payés du bâtiment",
        "CIBTP ou CNETP",
        "Ce que la caisse de congés payés a relevé dans le signalement de fin de contrat.",
        "Corrigez les données du contrat ou de l’activité.",
    ),
    "124": Nature(
        "Rappel annuel des anomalies",
        _URSSAF,
        "Les anomalies de l’an dernier qui ne sont pas corrigées : dernière étape avant la substitution.",
        "Corrigez dans les deux prochaines DSN, ou contestez sur « Suivi DSN » avec vos justificatifs.",
        is_neores=True,
    ),
    "125": Nature(
        "Rappel annuel des anomalies (agricole)",
        "MSA",
        "Les anomalies de l’an dernier qui ne sont pas corrigées : dernière étape avant la substitution.",
        "Corrigez dans les deux prochaines DSN, ou contestez avec vos justificatifs.",
        is_neores=True,
    ),
    "130": Nature(
        "Accompagnement à la résolution des anomalies (agricole)",
        "MSA",
        "Ce que la MSA a relevé dans la DSN, quelques heures après son dépôt.",
        "Corrigez tout de suite : remplacez la DSN si l’échéance n’est pas passée, sinon régularisez.",
        is_neores=True,
    ),
    "132": Nature(
        "Compte rendu après substitution",
        "Urssaf",
        "Ce que l’Urssaf a corrigé à votre place.",
        "Mettez la paie en accord, vérifiez le montant (« − » est un débit, « + » un crédit) et prévenez l’employeur.",
        is_neores=True,
    ),
    "134": Nature(
        "Compte rendu après substitution (agricole)",
        "MSA",
        "Ce que la MSA a corrigé à votre place.",
        "Mettez la paie en accord, vérifiez le montant (« − » est un débit, « + » un crédit) et prévenez l’employeur.",
        is_neores=True,
    ),
    "135": Nature(
        "Compte rendu de fin de contrat",
        "France Travail",
        "Ce que France Travail a relevé dans le signalement de fin de contrat.",
        "Remplacez le signalement (« annule et remplace »).",
        is_neores=True,
    ),
    "136": Nature(
        "Bilan mensuel d’accompagnement (agricole)",
        "MSA",
        "Ce qui reste à corriger quelques jours après l’échéance.",
        "Régularisez dans la prochaine DSN.",
        is_neores=True,
    ),
}

_FAMILIES: Mapping[Family, Nature] = {
    Family.FICHE: Nature(
        "Fiche de paramétrage",
        "Organisme complémentaire",
        "Les contrats, options et taux à déclarer pour cet organisme.",
        "Reportez ces paramètres en paie à leur date d’effet.",
    ),
    Family.BPIJ: Nature(
        "Bordereau de paiement des indemnités journalières",
        "CPAM",
        "Les indemnités journalières que la caisse a payées pour vos salariés.",
        "Rapprochez-les des sommes reçues, vérifiez la subrogation et déduisez-les de la paie.",
    ),
}


def nature_of(number: str, family: Family = Family.UNKNOWN) -> Nature:
    """The words for a nature; those of the family for what bears no number; else what stands for the unknown."""
    if not number and family in _FAMILIES:
        return _FAMILIES[family]
    label = f"Retour de nature {number}" if number else "Document non reconnu"
    unknown = Nature(
        label,
        "",
        "Scarabée ne connaît pas encore ce retour : il est gardé et montré tel quel.",
        "Lisez-le, et voyez la documentation de net-entreprises.fr.",
    )
    return NATURES.get(number, unknown)
