using FaceId.FunctionalTests.Support;
using Npgsql;

namespace FaceId.FunctionalTests.Schema;

/// <summary>The four given tables, as the catalog has them, against what is written here.</summary>
public sealed class SchemaTests : ServerTests
{
    // name, type, nullable, has a default
    private static readonly string[] Users =
    [
        "id integer not null default",
        "email character varying not null",
        "name character varying not null",
        "hashed_password character varying not null",
        "is_active boolean not null default",
        "is_verified boolean not null default",
        "mfa_enabled boolean not null default",
        "mfa_secret character varying",
        "created_at timestamp with time zone not null default",
        "updated_at timestamp with time zone not null default",
        "role character varying not null default",
        "mfa_pending_secret character varying",
        "mfa_setup_required boolean not null default",
        "totp_last_step bigint",
        "last_sign_in_at timestamp with time zone", "password_expires_at timestamp with time zone",
    ];

    private static readonly string[] Faces =
    [
        "id integer not null default",
        "user_id integer not null",
        "encoding bytea not null",
        "image_path character varying",
        "created_at timestamp with time zone not null default",
        "updated_at timestamp with time zone not null default",
        "model character varying not null default",
        "self_enrolled boolean", "second_encoding bytea", "second_model character varying", "template bytea", "template_model character varying", "quality real", "image_key bytea",
    ];

    private static readonly string[] RecognitionLogs =
    [
        "id bigint not null default",
        "user_id integer",
        "action character varying not null",
        "success boolean not null",
        "confidence double precision",
        "ip_address character varying",
        "user_agent character varying",
        "created_at timestamp with time zone not null default",
        "attempted character varying",
        "distance double precision",
        "threshold double precision",
        "model character varying",
        "reason character varying",
        "latency_ms double precision",
        "actor_id integer",
        "api_key_id integer",
    ];

    private static readonly string[] Reports =
    [
        "id integer not null default",
        "title character varying not null",
        "report_type character varying not null",
        "content text",
        "created_at timestamp with time zone not null default",
        "period_start timestamp with time zone",
        "period_end timestamp with time zone",
    ];

    private static IEnumerable<TestCaseData> Tables() =>
    [
        new TestCaseData("users", Users).SetArgDisplayNames("users"),
        new TestCaseData("faces", Faces).SetArgDisplayNames("faces"),
        new TestCaseData("recognition_logs", RecognitionLogs).SetArgDisplayNames("recognition_logs"),
        new TestCaseData("reports", Reports).SetArgDisplayNames("reports"),
    ];

    [TestCaseSource(nameof(Tables))]
    public async Task A_table_has_its_columns(string table, string[] columns)
    {
        var found = await ListAsync($"""
            SELECT column_name || ' ' || data_type
                || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
                || CASE WHEN column_default IS NOT NULL OR is_identity = 'YES' THEN ' default' ELSE '' END
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'
            """);

        Assert.That(found, Is.EquivalentTo(columns));
    }

    [Test]
    public async Task The_tables_have_their_indexes_and_no_others()
    {
        var found = await ListAsync("""
            SELECT tablename || ': '
                || CASE WHEN indexdef LIKE 'CREATE UNIQUE%' THEN 'UNIQUE ' ELSE '' END
                || substring(indexdef FROM '\(.*\)$')
            FROM pg_indexes
            WHERE schemaname = 'public' AND tablename IN ('users', 'faces', 'recognition_logs', 'reports')
            """);

        Assert.That(found, Is.EquivalentTo(new[]
        {
            "users: UNIQUE (id)",
            "users: UNIQUE (email)",
            "users: UNIQUE (lower((email)::text))",
            "faces: UNIQUE (id)",
            "faces: (user_id)",
            "recognition_logs: UNIQUE (id)",
            "recognition_logs: (user_id)",
            "recognition_logs: (actor_id)",
            "recognition_logs: (api_key_id) WHERE (api_key_id IS NOT NULL)",
            "recognition_logs: (action)",
            "recognition_logs: (created_at)",
            "reports: UNIQUE (id)",
            "reports: (report_type)",
            "reports: (created_at)",
            "reports: UNIQUE (report_type, period_start)",
        }));
    }

    [Test]
    public async Task The_foreign_keys_cascade_and_unlink()
    {
        var found = await ListAsync("""
            SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'f' AND conrelid IN ('users'::regclass, 'faces'::regclass, 'recognition_logs'::regclass, 'reports'::regclass)
            """);

        Assert.That(found, Is.EquivalentTo(new[]
        {
            "faces FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
            "recognition_logs FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL",
            "recognition_logs FOREIGN KEY (actor_id) REFERENCES users(id) ON DELETE SET NULL",
        }));
    }

    [Test]
    public async Task The_log_is_partitioned_by_range_of_id_with_partitions_made_ahead()
    {
        Assert.That(
            await ScalarAsync<string>("SELECT pg_get_partkeydef('recognition_logs'::regclass)"),
            Is.EqualTo("RANGE (id)"));
        Assert.That(
            await ListAsync("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY oid"),
            Is.EqualTo(new[]
            {
                "DEFAULT",
                "FOR VALUES FROM ('1') TO ('1000001')",
                "FOR VALUES FROM ('1000001') TO ('2000001')",
                "FOR VALUES FROM ('2000001') TO ('3000001')",
                "FOR VALUES FROM ('3000001') TO ('4000001')",
            }));
    }

    private static async Task<List<string>> ListAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }
}
