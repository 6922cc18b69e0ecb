"""The table of personal fields, held against the schemas and against Genesys' own models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import PureCloudPlatformClientV2 as sdk  # noqa: N813
import pytest

from tap_genesys_journey.domain.privacy_fields import (
    CONTACT,
    CONVERSATION,
    MARKS,
    POSTAL_ADDRESS,
    Fields,
    PersonalField,
    Shape,
    field_names,
    fields_of_column,
    is_field_name,
    personal_fields,
)
from tap_genesys_journey.domain.schemas import SCHEMAS

TEXTS = {"str", "object"}

NOT_PERSONAL_IN_CONVERSATIONS = """
    accessAttributes agentAssistantId agentGroupId agentGroupType activeSkillIds assigneeId
    assignerId associatedConversationId bargedParticipantId calibrationId coachedParticipantId
    cobrowseRole cobrowseRoomId codecs consultationConversationIds contextId conversationId
    conversationInitiator deliveryStatus destinationConversationId destinationSessionId direction
    disconnectType dispositionAnalyzer dispositionName divisionIds edgeId endingLanguage
    engagementSource entryType errorCode errorCodeDescription evaluationId evaluationStatus
    evaluatorId exitReason extendedDeliveryStatus externalContactId externalOrganizationId
    flaggedReason flowId flowInType flowName flowOutType flowOutcome flowOutcomeId flowOutcomeValue
    flowType flowVersion formId formName groupId journeyActionId journeyActionMapId
    journeyCustomerIdType journeyCustomerSessionId journeyCustomerSessionIdType knowledgeBaseIds
    mediaBridgeId mediaType messageType monitoredParticipantId name originatingDirection
    outboundCampaignId outboundContactId outboundContactListId participantId peerId property
    propertyType proposedAgentId protocolCallId provider purpose queueId recognitionFailureReason
    removedSkillIds requestedLanguageId requestedRoutingSkillIds requestedRoutingUserIds
    requestedRoutings roomId routingRule routingRuleType scoredAgentId screenMonitoredUserId
    screenShareRoomId scriptId segmentType selectedAgentId sessionId skillExpressionId
    sourceConversationId sourceSessionId startingLanguage surveyFormContextId surveyFormId
    surveyFormName surveyId surveyStatus surveyType teamId transferType usedRouting userId
    videoRoomId wrapUpCode wrapUpTags
""".split()  # noqa: SIM905  # a list of words
"""Ids made by Genesys, enums, and names of things that are no persons."""

NOT_PERSONAL_IN_CONTACTS = """
    id division title countryCode normalizationCountryCode externalSource type externalOrganization platform
    schema canonicalContact mergeSet mergedFrom mergedTo mergeOperation selfUri
""".split()  # noqa: SIM905  # a list of words


ENTITIES = {"externalOrganization", "schema", "division", "externalSource"}


def text_fields(name: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of the text fields of one of Genesys' models, and of the models in it but for other entities."""
    kind = name.removeprefix("list[").removeprefix("dict(str, ").rstrip("])")
    if kind in TEXTS:
        yield above
    model = getattr(sdk, kind, None)
    if model is not None and not ENTITIES & set(above):
        instance: Any = model()
        for attribute, below in instance.swagger_types.items():
            wire_name = instance.attribute_map[attribute]
            if wire_name not in above:
                yield from text_fields(below, (*above, wire_name))


def is_treated(path: tuple[str, ...], fields: Fields) -> bool:
    for number, name in enumerate(path):
        if name in fields:
            personal = fields[name]
            if personal.shape is Shape.PHONE:
                return path[-1] in {"display", "userInput", "e164"}
            below = path[number + 1 :]
            return not personal.parts or any(part in personal.parts for part in below)
    return False


def test_every_text_of_a_conversation_is_personal_or_known_not_to_be():
    left = {path[-1] for path in text_fields("AnalyticsConversation") if not is_treated(path, CONVERSATION)}

    assert left <= set(NOT_PERSONAL_IN_CONVERSATIONS), left - set(NOT_PERSONAL_IN_CONVERSATIONS)


def test_every_text_of_a_contact_is_personal_or_known_not_to_be():
    known = set(NOT_PERSONAL_IN_CONTACTS)
    left = {
        path for path in text_fields("ExternalContact")
        if not is_treated(path, CONTACT) and not known & set(path)
    }  # fmt: skip

    assert not left


@pytest.mark.parametrize("model", ["AnalyticsConversation", "ExternalContact"])
def test_the_walk_sees_the_models(model):
    assert len(set(text_fields(model))) > 40


def marked(rule: dict[str, Any]) -> str | None:
    parts = rule.get("items", {}).get("properties", {})
    return rule.get("x-pii") or next((marked(part) for part in parts.values() if marked(part)), None)


def test_every_marked_column_is_in_the_table_with_the_same_mark():
    columns = {
        name: marked(rule)
        for schema in SCHEMAS.values()
        for name, rule in schema["properties"].items()
        if marked(rule) and name != "raw"
    }

    assert columns
    assert {name: {each.mark for _, each in fields_of_column(name)} for name in columns} == {
        name: {mark} for name, mark in columns.items()
    }


def test_every_column_of_the_table_is_a_marked_column():
    known = {
        name for schema in SCHEMAS.values() for name, rule in schema["properties"].items() if marked(rule)
    }

    assert {column for _, personal in personal_fields() for column in personal.columns} <= known


def test_only_the_documented_marks_are_used():
    def marks(personal: PersonalField) -> set[str]:
        return {personal.mark}.union(*map(marks, personal.parts.values()))

    assert set().union(*(marks(personal) for _, personal in personal_fields())) == set(MARKS)


@pytest.mark.parametrize(
    "name",
    ["first_name", "firstName", "email", "address", "raw", "attributes", "attributes.caller name", "ani",
     "customFields.tier_text", "custom_fields.tier_text", "raw.shoeSize", *POSTAL_ADDRESS],
)  # fmt: skip
def test_policies_can_be_given_by_column_wire_name_mark_and_key(name):
    assert is_field_name(name)


@pytest.mark.parametrize(
    "name", ["", "id", "contact_id", "attributes.", "raw.", "raw.a b", "raw.x", "firstname"]
)
def test_other_names_are_none(name):
    assert not is_field_name(name)
    assert name not in field_names()
