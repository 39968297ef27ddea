"""Identifiers of other countries, which Presidio's recognisers find: labels, trust, context."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping

from guard.identifier.match import Context

COUNTRIES: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        country: tuple(f"pii.{name}" for name in names.split())
        for country, names in {
            "au": "au_abn au_acn au_medicare au_tfn",
            "ca": "ca_postal_code ca_sin",
            "de": "de_bsnr de_fuehrerschein de_handelsregister de_health_insurance de_id_card de_kfz de_lanr"
            " de_passport de_plz de_social_security de_tax_id de_tax_number de_vat_id",
            "es": "es_nie es_nif es_passport",
            "fi": "fi_personal_identity_code",
            "in": "in_aadhaar in_gstin in_pan in_passport in_vehicle_registration in_voter",
            "it": "it_driver_license it_fiscal_code it_identity_card it_passport it_vat_code",
            "kr": "kr_brn kr_driver_license kr_frn kr_passport kr_rrn",
            "ng": "ng_nin ng_vehicle_registration",
            "ph": "ph_passport ph_tin ph_umid",
            "pl": "pl_pesel",
            "se": "se_organisationsnummer se_personnummer",
            "sg": "sg_nric_fin sg_uen",
            "th": "th_tnin",
            "tr": "tr_license_plate tr_national_id",
            "uk": "uk_driving_licence uk_nhs uk_nino uk_passport uk_postcode uk_vehicle_registration",
            "us": "aba_routing_number medical_license us_bank_number us_claim_number us_driver_license"
            " us_health_insurance_member_id us_itin us_mbi us_npi us_passport us_prescription_number"
            " us_prior_authorization_number us_provider_tax_id us_referral_number us_ssn",
            "za": "za_company_registration za_driver_license za_id_number za_income_tax_number"
            " za_license_plate za_passport za_traffic_register_number za_vat_number",
        }.items()
    }
)
"""What Presidio's recognisers know per country."""
EVERYWHERE = ("pii.crypto", "pii.iban_code", "pii.mac_address")
"""What is the same in all countries. Cards, phones, e-mail, IP and URL are found by `guard.identifier`."""


def labels(countries: Iterable[str]) -> tuple[str, ...]:
    """The labels that the analyzer for these countries can give."""
    return (*EVERYWHERE, *(label for country in countries for label in COUNTRIES[country.lower()]))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _words("""
    a account and authority card central code document health id identification identifier identity in
    insurance licence license medical member name no num number of patient permit plan plate reference
    registration service state states tag tax the uk united us vehicle
""")
"""Context words of Presidio's recognisers that say nothing alone in running text."""


# What the words around a value may say in Chinese about the identifiers of other countries.
_CHINESE = (
    ("passport", "护照"),
    ("driver,driving,fuehrerschein", "驾照,驾驶证"),
    ("ssn,social_security,sin,pesel", "社会安全号,社会保险号,社保号,社安号"),
    ("tax,tfn,itin,nif,vat,pan,tin,fiscal", "税号,纳税"),
    ("plate,vehicle,kfz", "车牌"),
    ("iban,bank,aba", "银行,账户,账号,汇款"),
    ("crypto", "钱包,比特币,地址"),
    ("mac", "网卡,设备"),
    ("nric,tnin,rrn,aadhaar,national_id,id_card,id_number,personnummer,nino", "身份证,身份证号,身份号码"),
)


# Digit strings of their length pass the checks of these by chance more than once in 200 (measured by
# benchmarks/identifiers.py --chance): without a word for what they are they stay below one half.
_WEAK = _words("""
    aba_routing_number au_abn au_acn au_medicare au_tfn ca_sin de_bsnr de_health_insurance de_id_card
    de_kfz de_lanr de_passport de_social_security de_tax_id in_aadhaar in_vehicle_registration
    it_vat_code kr_brn kr_driver_license kr_frn kr_rrn medical_license ng_nin pl_pesel
    se_organisationsnummer se_personnummer th_tnin tr_license_plate tr_national_id uk_nhs
    uk_vehicle_registration us_npi za_company_registration za_driver_license za_id_number
    za_income_tax_number za_license_plate za_passport za_traffic_register_number za_vat_number
""")


def rate(entity: str, base: float, *, checked: bool, named: bool) -> float:
    """The score of what fits an entity's form.

    `base` is Presidio's score of the pattern; `checked` says that the check passed, `named` that words
    nearby announce it.
    """
    if checked and entity not in _WEAK:
        return 0.98 if named else 0.95
    if checked:
        return 0.92 if named else 0.35
    if named:
        return 0.8 if base >= 0.3 else 0.6 if base >= 0.05 else 0.45
    # The dashes of the one and the colons of the other are hardly ever anything else.
    return min(base * 1.2, 0.75) if entity in ("us_ssn", "mac_address") else min(base, 0.4)


def context_of(entity: str, words: Iterable[str]) -> Context | None:
    """What speaks for a value of an entity: Presidio's words for it, and Chinese ones."""
    told = {word.strip().lower().replace("*", "") for word in words}
    telling = {word for word in told if word not in STOP_WORDS and len(word) > 1 and "," not in word}
    for stems, chinese in _CHINESE:
        if any(stem in entity for stem in stems.split(",")):
            telling.update(chinese.split(","))
    return Context(",".join(sorted(telling))) if telling else None
