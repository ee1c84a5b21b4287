"""What of a DICOM header may say who a person is: the basic profile of DICOM PS3.15.

Its instance identifiers (UIDs) and a person's sex, size and weight are left out: the first are
replaced by others of their kind, which nobody can tell from the first, the latter name nobody.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from pydicom.datadict import keyword_for_tag, tag_for_keyword

from omics_orchestrator.formats._dicom_elements import ITEM, SEQUENCE_END, UNDEFINED, Element
from omics_orchestrator.formats._personal_words import says_nothing

_KEYWORDS = """
AccessionNumber AcquisitionComments AcquisitionDate AcquisitionDateTime AcquisitionTime
AdditionalPatientHistory AdmissionID AdmittingDate AdmittingDiagnosesDescription Allergies
BarcodeValue BranchOfService CameraOwnerName ClinicalTrialProtocolEthicsCommitteeApprovalNumber
ConfidentialityConstraintOnPatientDataDescription ContentCreatorName ContentDate ContentTime
CountryOfResidence CurrentPatientLocation CustodialOrganizationSequence DeviceSerialNumber
DischargeDiagnosisDescription EncapsulatedDocument EthnicGroup
FillerOrderNumberImagingServiceRequest GantryID ImageComments ImpressionsField
InstanceCreationDate InstanceCreationTime InstitutionAddress InstitutionCodeSequence
InstitutionName InstitutionalDepartmentName InsurancePlanIdentification
IntendedRecipientsOfResultsIdentificationSequence InterpretationAuthor InterpretationRecorder
InterpretationText InterpretationTranscriber IssuerOfPatientID LabelText LensSerialNumber
MedicalAlerts MedicalRecordLocator MilitaryRank NamesOfIntendedRecipientsOfResults Occupation
OperatorIdentificationSequence OperatorsName OrderCallbackPhoneNumber OrderEnteredBy
OrderEntererLocation OtherPatientIDs OtherPatientIDsSequence OtherPatientNames PatientAddress
PatientAlternativeCalendar PatientBirthDate PatientBirthDateInAlternativeCalendar PatientBirthName
PatientBirthTime PatientComments PatientDeathDateInAlternativeCalendar PatientID
PatientInstitutionResidence PatientInsurancePlanCodeSequence PatientMotherBirthName PatientName
PatientPrimaryLanguageCodeSequence PatientReligiousPreference PatientState
PatientTelecomInformation PatientTelephoneNumbers PatientTransportArrangements PerformedLocation
PerformedProcedureStepEndDate PerformedProcedureStepStartDate PerformedProcedureStepStartTime
PerformedStationName PerformingPhysicianIdentificationSequence PerformingPhysicianName
PersonAddress PersonName PersonTelecomInformation PersonTelephoneNumbers
PhysicianApprovingInterpretation PhysiciansOfRecord PhysiciansOfRecordIdentificationSequence
PhysiciansReadingStudyIdentificationSequence PlacerOrderNumberImagingServiceRequest
PregnancyStatus ReasonForVisit ReferringPhysicianAddress ReferringPhysicianIdentificationSequence
ReferringPhysicianName ReferringPhysicianTelephoneNumbers RegionOfResidence
RequestAttributesSequence RequestedProcedureComments RequestedProcedureID RequestingPhysician
RequestingService ResponsibleOrganization ResponsiblePerson ResultsDistributionListSequence
ReviewerName ScheduledHumanPerformersSequence ScheduledPatientInstitutionResidence
ScheduledPerformingPhysicianName ScheduledProcedureStepLocation ScheduledProcedureStepStartDate
ScheduledStationName SeriesDate SeriesTime SmokingStatus SpecialNeeds StationName StudyComments
StudyDate StudyID StudyIDIssuer StudyTime TextComments TextString TimezoneOffsetFromUTC
TopicAuthor TopicKeywords TopicSubject TopicTitle VerifyingObserverIdentificationCodeSequence
VerifyingObserverName VerifyingOrganization VisitComments
"""
_NAMED = {tag: name for name in _KEYWORDS.split() if (tag := tag_for_keyword(name))}
_YES = {0x00280301, 0x00280302}  # burned-in annotation, recognizable visual features
_BURNED_IN = 0x00280301
_MODALITY, _IMAGE_TYPE, _AGE, _TEXT = 0x00080060, 0x00080008, 0x00101010, 0x0040A160
_WRITTEN_INTO = {"US", "ES", "XC", "GM", "SC"}
_OLD_YEARS = 89
_OVERLAYS, _OVERLAY_DATA = range(0x6000, 0x6100), 0x3000
_LONGEST_VALUE = 4096
_NO_DATES = ("18000101", "19000101", "00010101")


def personal_places(elements: Iterable[Element], stream: BinaryIO) -> list[str]:
    """Name the elements that are filled with what may name a person, each once.

    A claim such as PatientIdentityRemoved is no evidence, and is not looked at.
    """
    found: dict[str, None] = {}
    said: dict[int, str] = {}
    for element in elements:
        if element.tag in (_BURNED_IN, _MODALITY) and element.level == 0:
            said[element.tag] = _value(element, stream)
        found.update(dict.fromkeys(_places(element, stream)))
    modality = said.get(_MODALITY, "")
    if modality in _WRITTEN_INTO and said.get(_BURNED_IN) != "NO":
        found[f"pixels ({modality}: text may be burned in)"] = None
    return list(found)


def _places(element: Element, stream: BinaryIO) -> Iterator[str]:
    tag, group = element.tag, element.tag >> 16
    if not element.length or ITEM <= tag <= SEQUENCE_END:
        return
    if group % 2:
        yield from ["private elements"] if tag & 0xFFFF >= 1 << 12 else []
    elif group in _OVERLAYS and tag & 0xFFFF == _OVERLAY_DATA:
        yield "overlay"
    elif tag in _YES:
        yield from [keyword_for_tag(tag)] if _value(element, stream) == "YES" else []
    elif tag == _IMAGE_TYPE:
        kinds = set(_value(element, stream).upper().split("\\"))
        yield from (f"{kind.lower()} image" for kind in sorted(kinds & {"LABEL", "OVERVIEW"}))
    elif tag == _AGE:
        age = _value(element, stream)
        yield from ["PatientAge"] if age[:3].isdigit() and int(age[:3]) > _OLD_YEARS else []
    elif tag in _NAMED or tag == _TEXT:
        yield from [keyword_for_tag(tag)] if _is_filled(element, stream) else []


def _is_filled(element: Element, stream: BinaryIO) -> bool:
    if element.vr == "SQ" or element.length == UNDEFINED:
        return False  # what is in it is looked at by itself
    if element.vr in ("OB", "UN"):
        return True
    value = _value(element, stream)
    if element.vr == "TM":
        return bool(value.strip("0. "))
    return not says_nothing(value) and bool(value.strip("0^ ")) and value not in _NO_DATES


def _value(element: Element, stream: BinaryIO) -> str:
    stream.seek(element.place)
    return stream.read(min(element.length, _LONGEST_VALUE)).decode("latin-1").strip("\0 ")
