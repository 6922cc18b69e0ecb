"""The streams' schemas and keys: what a target, a warehouse model and a test may rely on.

Plain JSON schema. Timestamps are UTC, RFC 3339, with milliseconds and a trailing `Z`; durations are
whole seconds. `x-pii` marks fields that hold personal data (contract, section 7).
"""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]


def _text(description: str, pii: str | None = None) -> Schema:
    return _of("string", description, pii)


def _of(kind: str, description: str, pii: str | None = None) -> Schema:
    return {"type": [kind, "null"], "description": description} | ({"x-pii": pii} if pii else {})


def _key(description: str, pii: str | None = None) -> Schema:
    return _text(description, pii) | {"type": ["string"]}


def _time(description: str) -> Schema:
    return _text(description) | {"format": "date-time"}


def _flag(description: str) -> Schema:
    return _of("boolean", description)


def _number(description: str) -> Schema:
    return _of("integer", description)


def _texts(description: str) -> Schema:
    return {"type": ["array", "null"], "items": {"type": ["string"]}, "description": description}


def _object(description: str, pii: str | None = None) -> Schema:
    return _of("object", description, pii) | {"additionalProperties": True}


def _list(description: str, **properties: Schema) -> Schema:
    item = {"type": ["object"], "properties": properties}
    return {"type": ["array", "null"], "items": item, "description": description}


def _stream(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


_RAW: Final = _object("The whole payload as the source sent it.", "free_text")

EXTERNAL_CONTACTS: Final = _stream(
    id=_key("Id made by Genesys."),
    type=_text("Ephemeral, Identified or Curated."),
    first_name=_text("First name.", "name"),
    middle_name=_text("Middle name.", "name"),
    last_name=_text("Last name.", "name"),
    salutation=_text("Salutation.", "name"),
    title=_text("Job title."),
    work_phone=_text("Phone at work, E.164 where it parses.", "phone"),
    cell_phone=_text("Mobile phone, E.164 where it parses.", "phone"),
    home_phone=_text("Phone at home, E.164 where it parses.", "phone"),
    other_phone=_text("Another phone, E.164 where it parses.", "phone"),
    work_email=_text("E-mail at work, lower case.", "email"),
    personal_email=_text("Private e-mail, lower case.", "email"),
    other_email=_text("Another e-mail, lower case.", "email"),
    address_line1=_text("Postal address, first line.", "address"),
    address_line2=_text("Postal address, second line.", "address"),
    city=_text("City.", "address"),
    state=_text("State or province.", "address"),
    postal_code=_text("Postal code.", "address"),
    country_code=_text("Country."),
    external_id=_text("The first external id's value: the CRM's key.", "identifier"),
    external_ids=_list(
        "Keys of other systems.",
        external_source_id=_text("Id of the external source."),
        value=_text("Key in that source.", "identifier"),
    ),
    external_organization_id=_text("Id of the contact's external organization."),
    division_id=_text("Id of the division."),
    twitter_id=_text("Identity on X, formerly Twitter.", "social"),
    line_id=_text("Identity on LINE.", "social"),
    whatsapp_id=_text("Identity on WhatsApp.", "social"),
    facebook_id=_text("Identity on Facebook.", "social"),
    instagram_id=_text("Identity on Instagram.", "social"),
    create_date_utc=_time("When the record was made."),
    modify_date_utc=_time("When the record was last changed; the replication key."),
    canonical_contact_id=_text("Contact at the end of all merges; the own id where there was none."),
    merged_to_id=_text("Contact that this one was merged into, null where it was not."),
    merged_from_ids=_texts("Contacts merged into this one directly."),
    merge_set_ids=_texts("All ids of the merge set, the own one included; empty where there was no merge."),
    survey_opt_out=_flag("Whether the contact wants no surveys."),
    external_system_url=_text("Link to the contact in another system.", "identifier"),
    custom_fields=_object("Fields that the organization defined.", "free_text"),
    raw=_RAW,
)

CONTACT_ALIASES: Final = _stream(
    contact_id=_key("A contact id that was ever seen."),
    canonical_contact_id=_text("Contact it belongs to now; itself where it was never merged."),
    merged_to_id=_text("Contact it was merged into, null where it was not."),
    detected_at_utc=_time("Start of the run that read it."),
)

CONTACT_ADDRESSES: Final = _stream(
    contact_id=_key("Contact as stored."),
    address=_key("Phone number in E.164 or e-mail in lower case.", "phone"),
    kind=_text("phone or email."),
)

CONVERSATIONS: Final = _stream(
    conversation_id=_key("Id made by Genesys."),
    state=_text("Business lifecycle: TERMINATED, TRANSFERRED, MERGED, WRAPUP, CONNECTED, …"),
    is_open=_flag("Whether it has not ended."),
    channel_type=_text("Channel of the customer's first session: VOICE, CHAT, MESSAGE, EMAIL, CALLBACK, …"),
    channel_types=_texts("All channels of the customer's sessions, in order."),
    message_type=_text("Messaging platform, where it is a message."),
    originating_direction=_text("inbound or outbound."),
    start_time_utc=_time("Start."),
    end_time_utc=_time("End of the wrap-up, else the latest instant; null while open."),
    wrap_up_time_utc=_time("End of the latest wrap-up."),
    updated_time_utc=_time("Latest instant anywhere in the record; the replication key."),
    duration_seconds=_number("End minus start, whole seconds, rounded down."),
    contact_ids=_texts("Contacts of the customers, as on the wire."),
    routing_queue=_text("Queue that the agent answered from, else the latest one named."),
    queue_ids=_texts("All queues, in order."),
    agent_id=_text("User who talked last."),
    agent_ids=_texts("All users who talked, in order."),
    wrap_up_code=_text("Code of the latest wrap-up that has one."),
    wrap_up_codes=_texts("All wrap-up codes, in order."),
    transfer_count=_number("Agents' conversations that ended in a transfer."),
    disconnect_type=_text("How the customer's last session ended."),
    division_ids=_texts("Divisions."),
    journey_session_ids=_texts("Journey sessions of the customers' sessions."),
    associated_conversation_id=_text("Conversation that this one belongs to, where Genesys tells."),
    raw=_RAW,
)

INTERACTIONS: Final = _stream(
    conversation_id=_key("Conversation."),
    participant_id=_key("The customer's first participant in it."),
    contact_id=_text("Contact as on the wire; null where there was none."),
    address=_text("Where the customer was reached; null for anonymous callers.", "phone"),
    channel_type=_text("Channel of the participant's first session."),
    state=_text("State of the conversation."),
    is_open=_flag("Whether the conversation has not ended."),
    start_time_utc=_time("Start of the conversation."),
    customer_end_utc=_time("When the customer left."),
    end_time_utc=_time("End of the conversation; null while open."),
    updated_time_utc=_time("Latest instant anywhere in the conversation; the replication key."),
    duration_seconds=_number("End minus start, whole seconds, rounded down."),
    routing_queue=_text("Queue that the agent answered from, else the latest one named."),
    agent_id=_text("User who talked last."),
    wrap_up_code=_text("Code of the latest wrap-up that has one."),
    ended_in_transfer=_flag("Whether the last agent's part ended in a transfer."),
    originating_direction=_text("inbound or outbound."),
    participant_kind=_text("customer, or the purpose of a system participant that was kept."),
)

TIMELINE_EVENTS: Final = _stream(
    conversation_id=_key("Conversation."),
    participant_id=_key("The customer's first participant in it."),
    contact_id=_text("Canonical contact; null where the interaction belongs to nobody any more."),
    source_contact_id=_text("Contact as on the wire."),
    journey_node_id=_text("Node that the interaction is a leg of."),
    node_leg=_number("Place among the node's legs, from 1."),
    node_legs=_number("Legs of the node."),
    channel_type=_text("Channel."),
    state=_text("State of the conversation."),
    start_time_utc=_time("Start."),
    customer_end_utc=_time("When the customer left."),
    end_time_utc=_time("End; null while open."),
    duration_seconds=_number("End minus start, whole seconds, rounded down."),
    routing_queue=_text("Queue."),
    agent_id=_text("Agent."),
    wrap_up_code=_text("Wrap-up code."),
    handoff_type=_text("Channels of the node's legs, e.g. CHAT_TO_VOICE; null on a node of one leg."),
    correlated_by=_text("contact or address: what joins the leg to an earlier one; null on a first leg."),
    gap_seconds=_number("Start minus the joined leg's customer end, rounded toward zero."),
    is_adopted=_flag("Whether it belongs by its address, having carried no contact."),
    on_timeline=_flag("Whether the state filter lets it in."),
    extraction_timestamp_utc=_time("Start of the run that emitted the row."),
)

TIMELINES: Final = _stream(
    contactId=_key("Canonical contact."),
    timeline=_list(
        "Nodes in order of start, then of conversation id.",
        conversationId=_text("First leg's conversation."),
        channelType=_text("First leg's channel."),
        state=_text("Last leg's state."),
        startTimeUTC=_time("Start of the first leg."),
        endTimeUTC=_time("Latest end of a leg."),
        durationSeconds=_number("End minus start, whole seconds."),
        routingQueue=_text("First leg's queue."),
        agentId=_text("Last leg's agent."),
        wrapUpCode=_text("Last leg's wrap-up code."),
        nodeId=_text("Id of the node."),
        handoffType=_text("Channels of the legs; only on a node of several legs."),
        conversationIds=_texts("All legs' conversations; only on a node of several legs."),
    ),
    metadata={
        "type": ["object", "null"],
        "description": "About the document.",
        "properties": {
            "extractionTimestampUTC": _time("Start of the run that assembled it."),
            "totalInteractions": _number("Interactions before the state filter."),
            "filteredOut": _number("Interactions that the state filter removed."),
            "mergedFromIds": _texts("Contacts merged into this one."),
            "mergedInto": _text("Contact that this one was merged into; its document is then empty."),
        },
    },
)

SCHEMAS: Final[dict[str, Schema]] = {
    "external_contacts": EXTERNAL_CONTACTS,
    "contact_aliases": CONTACT_ALIASES,
    "contact_addresses": CONTACT_ADDRESSES,
    "conversations": CONVERSATIONS,
    "interactions": INTERACTIONS,
    "timeline_events": TIMELINE_EVENTS,
    "timelines": TIMELINES,
}

PRIMARY_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "external_contacts": ("id",),
    "contact_aliases": ("contact_id",),
    "contact_addresses": ("contact_id", "address"),
    "conversations": ("conversation_id",),
    "interactions": ("conversation_id", "participant_id"),
    "timeline_events": ("conversation_id", "participant_id"),
    "timelines": ("contactId",),
}
