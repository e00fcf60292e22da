using System.Globalization;
using Npgsql;

namespace Segue.Server.Store.Postgres;

/// <summary>
/// The schema, and what is done to it: functions, so that an operation is one round trip and one transaction. All that write take the one row of
/// <c>revision</c> first, so that versions are in the order of commits and a watch that asks for what is newer than the last it saw misses nothing.
/// </summary>
internal static class PostgresLayout
{
    private const long Layout = 1;

    // any number that is the same for all who make the schema
    private const long CreationLock = 0x5365677565;

    private const string Script = """
        CREATE SCHEMA IF NOT EXISTS segue;

        CREATE TABLE segue.revision (layout bigint NOT NULL, last bigint NOT NULL, forgotten bigint NOT NULL);
        INSERT INTO segue.revision VALUES (1, 0, 0);
        -- ids by chance: a restored copy must not give one again that a member still has
        CREATE TABLE segue.session (id bigint PRIMARY KEY DEFAULT (1 + (random() * 4611686018427387904)::bigint), ttl interval NOT NULL, expires timestamptz NOT NULL);
        -- a removed key stays for an hour with a null value, so that watches can tell of it
        CREATE TABLE segue.entry (
            key text COLLATE "C" PRIMARY KEY, value bytea, version bigint NOT NULL, session bigint, removed timestamptz);
        CREATE UNIQUE INDEX entry_version ON segue.entry (version);
        CREATE INDEX entry_session ON segue.entry (session) WHERE session IS NOT NULL;
        CREATE INDEX entry_removed ON segue.entry (removed) WHERE removed IS NOT NULL;

        CREATE FUNCTION segue.next() RETURNS bigint LANGUAGE sql AS 'UPDATE segue.revision SET last = last + 1 RETURNING last';

        CREATE FUNCTION segue.forget(p_key text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE oldest bigint;
        BEGIN
            UPDATE segue.entry SET value = NULL, session = NULL, removed = clock_timestamp(), version = segue.next() WHERE key = p_key;
            WITH old AS (DELETE FROM segue.entry WHERE removed < clock_timestamp() - interval '1 hour' RETURNING version)
                SELECT max(version) INTO oldest FROM old;
            IF oldest IS NOT NULL THEN
                UPDATE segue.revision SET forgotten = greatest(forgotten, oldest);
            END IF;
            PERFORM pg_notify('segue', '');
        END $$;

        CREATE FUNCTION segue.unbind() RETURNS void LANGUAGE sql AS $$
            SELECT segue.forget(e.key) FROM segue.entry e
            WHERE e.session IS NOT NULL AND NOT EXISTS (SELECT FROM segue.session s WHERE s.id = e.session)
        $$;

        -- before every answer: nobody may see a session as over that is renewed later
        CREATE FUNCTION segue.sweep() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM segue.session WHERE expires <= clock_timestamp()) THEN
                PERFORM 1 FROM segue.revision FOR UPDATE;
                DELETE FROM segue.session WHERE expires <= clock_timestamp();
                PERFORM segue.unbind();
            END IF;
        END $$;

        CREATE FUNCTION segue.read(p_key text) RETURNS TABLE (key text, value bytea, version bigint) LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM segue.sweep();
            RETURN QUERY SELECT e.key, e.value, e.version FROM segue.entry e WHERE e.key = p_key AND e.value IS NOT NULL;
        END $$;

        CREATE FUNCTION segue.list(p_prefix text) RETURNS TABLE (key text, value bytea, version bigint) LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM segue.sweep();
            -- no character sorts behind U+10FFFF
            RETURN QUERY SELECT e.key, e.value, e.version FROM segue.entry e
                WHERE e.key >= p_prefix AND e.key < p_prefix || chr(1114111) AND e.value IS NOT NULL ORDER BY e.key;
        END $$;

        -- version is null where nothing was written; stands is then the key's version (0 for none), or -1 where the session is over
        CREATE FUNCTION segue.write(p_key text, p_value bytea, p_expected bigint, p_session bigint, OUT version bigint, OUT stands bigint)
        LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM segue.revision FOR UPDATE;
            PERFORM segue.sweep();
            stands := coalesce((SELECT e.version FROM segue.entry e WHERE e.key = p_key AND e.value IS NOT NULL), 0);
            IF stands = p_expected AND p_session IS NOT NULL AND NOT EXISTS (SELECT FROM segue.session s WHERE s.id = p_session) THEN
                stands := -1;
            ELSIF stands = p_expected THEN
                version := segue.next();
                INSERT INTO segue.entry AS e VALUES (p_key, p_value, version, p_session, NULL)
                    ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, session = excluded.session, removed = NULL;
                PERFORM pg_notify('segue', '');
            END IF;
        END $$;

        CREATE FUNCTION segue.remove(p_key text, p_expected bigint, OUT stands bigint) LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM segue.revision FOR UPDATE;
            PERFORM segue.sweep();
            stands := coalesce((SELECT e.version FROM segue.entry e WHERE e.key = p_key AND e.value IS NOT NULL), 0);
            IF stands = p_expected AND stands > 0 THEN
                PERFORM segue.forget(p_key);
            END IF;
        END $$;

        CREATE FUNCTION segue.open(p_ttl interval) RETURNS bigint LANGUAGE sql AS
            'INSERT INTO segue.session (ttl, expires) VALUES (p_ttl, clock_timestamp() + p_ttl) RETURNING id';

        CREATE FUNCTION segue.renew(p_session bigint) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM segue.sweep();
            UPDATE segue.session SET expires = clock_timestamp() + ttl WHERE id = p_session AND expires > clock_timestamp();
            RETURN FOUND;
        END $$;

        CREATE FUNCTION segue.close(p_session bigint) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM segue.revision FOR UPDATE;
            DELETE FROM segue.session WHERE id = p_session;
            PERFORM segue.unbind();
        END $$;

        CREATE FUNCTION segue.seen(OUT last bigint, OUT forgotten bigint) LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM segue.sweep();
            SELECT r.last, r.forgotten INTO last, forgotten FROM segue.revision r;
        END $$;
        """;

    /// <summary>Makes the schema where it is missing; the user needs CREATE on the database then, and only then.</summary>
    /// <exception cref="StoreStartException">It is of another version of Segue.</exception>
    public static async Task PrepareAsync(NpgsqlDataSource source, string schema, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RunAsync($"SELECT pg_advisory_xact_lock({CreationLock})");
        if (await AskAsync($"SELECT to_regclass('{schema}.revision') IS NULL") is true)
            await RunAsync(In(schema, Script));
        else if (await AskAsync($"SELECT layout FROM {schema}.revision") is var layout && layout is not Layout)
            throw new StoreStartException(string.Create(CultureInfo.InvariantCulture,
                $"The schema {schema} of the store has layout {layout}, this Segue knows {Layout}. Run the version of Segue that wrote it."));
        await transaction.CommitAsync(cancellation);

        async Task RunAsync(string text)
        {
            await using var command = new NpgsqlCommand(text, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        async Task<object?> AskAsync(string text)
        {
            await using var command = new NpgsqlCommand(text, connection, transaction);
            return await command.ExecuteScalarAsync(cancellation);
        }
    }

    /// <summary>Where <c>segue.</c> and the channel stand for the schema; its name was checked when the configuration was read.</summary>
    public static string In(string schema, string text) =>
        schema == "segue" ? text : text.Replace("segue.", schema + ".", StringComparison.Ordinal)
            .Replace("SCHEMA IF NOT EXISTS segue", "SCHEMA IF NOT EXISTS " + schema, StringComparison.Ordinal)
            .Replace("'segue'", $"'{schema}'", StringComparison.Ordinal);
}
