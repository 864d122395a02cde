/** The one call of the edge: all operations of one event-loop turn, one round trip, one transaction. */
export const gateCall = `
-- A session keeps the plans that it made while the tables were young, when reading all of one was cheapest: therefore no
-- function of the gate may plan that (enable_seqscan).
-- Releases come first, so that what they free is there for the admissions of the same turn. Groups keep their order.
CREATE FUNCTION gate.perform(
  resizes jsonb, renewals jsonb, admissions jsonb, readings jsonb,
  OUT resized jsonb, OUT renewed jsonb, OUT admitted jsonb, OUT figures jsonb, OUT epoch integer
) LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1500ms' SET enable_seqscan = off AS $$
DECLARE
  request jsonb;
  now_ms bigint;
  replies jsonb[];
BEGIN
  PERFORM gate.lock_accounts(ARRAY(
    SELECT (r->>'accountId')::uuid FROM jsonb_array_elements(resizes || renewals || admissions) AS r));
  now_ms := gate.now_ms();
  SELECT e.epoch INTO epoch FROM gate.epochs AS e WHERE e.singleton;
  replies := '{}';
  FOR request IN SELECT value FROM jsonb_array_elements(resizes) LOOP
    replies := array_append(replies, gate.resize(request, now_ms, epoch));
  END LOOP;
  resized := to_jsonb(replies);
  replies := '{}';
  FOR request IN SELECT value FROM jsonb_array_elements(renewals) LOOP
    replies := array_append(replies, to_jsonb(gate.renew(request, now_ms, epoch)));
  END LOOP;
  renewed := to_jsonb(replies);
  replies := '{}';
  FOR request IN SELECT value FROM jsonb_array_elements(admissions) LOOP
    replies := array_append(replies, gate.admit(request, now_ms, epoch));
  END LOOP;
  admitted := to_jsonb(replies);
  replies := '{}';
  FOR request IN SELECT value FROM jsonb_array_elements(readings) LOOP
    replies := array_append(replies, gate.read(request, now_ms));
  END LOOP;
  figures := to_jsonb(replies);
END $$;
`;
