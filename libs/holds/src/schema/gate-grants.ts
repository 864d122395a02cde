/**
 * Who may call what. Nobody but the schema's owner touches a table: the edge has the operations of a running request,
 * billing those and the administration. The groups are made with the database's other roles, before the migrations.
 */
export const gateGrants = `
REVOKE ALL ON ALL TABLES IN SCHEMA gate FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gate FROM PUBLIC;
DO $$
BEGIN
  IF to_regrole('gate_app') IS NOT NULL THEN
    REVOKE ALL ON ALL TABLES IN SCHEMA gate FROM gate_app;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gate FROM gate_app;
  END IF;
END $$;
GRANT USAGE ON SCHEMA gate TO gate_member, gate_writer;
GRANT EXECUTE ON FUNCTION
  gate.perform(jsonb, jsonb, jsonb, jsonb),
  gate.find_key(text),
  gate.is_hold_open(uuid, uuid)
TO gate_member;
GRANT EXECUTE ON FUNCTION
  gate.apply(jsonb),
  gate.load(jsonb),
  gate.mark_expired(integer),
  gate.restore(jsonb),
  gate.reserve(jsonb),
  gate.inspect(uuid),
  gate.list_accounts(uuid, integer)
TO gate_writer;
`;
