using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class CreateTables : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "reports",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    title = table.Column<string>(type: "character varying", nullable: false),
                    report_type = table.Column<string>(type: "character varying", nullable: false),
                    content = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    period_start = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    period_end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    email = table.Column<string>(type: "character varying", nullable: false),
                    name = table.Column<string>(type: "character varying", nullable: false),
                    hashed_password = table.Column<string>(type: "character varying", nullable: false),
                    role = table.Column<string>(type: "character varying", nullable: false, defaultValue: "user"),
                    is_active = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    is_verified = table.Column<bool>(type: "boolean", nullable: false, defaultValue: false),
                    mfa_enabled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: false),
                    mfa_secret = table.Column<string>(type: "character varying", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_users", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "faces",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    user_id = table.Column<int>(type: "integer", nullable: false),
                    encoding = table.Column<byte[]>(type: "bytea", nullable: false),
                    image_path = table.Column<string>(type: "character varying", nullable: true),
                    model = table.Column<string>(type: "character varying", nullable: false, defaultValue: "dlib-resnet-v1"),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_faces", x => x.id);
                    table.ForeignKey(
                        name: "fk_faces_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            // EF knows no partitioned tables. Partitioned from the start, because converting a grown log needs a maintenance window.
            // The default partition takes what no other one covers, so no row is ever refused for want of a partition.
            migrationBuilder.Sql("""
                CREATE SEQUENCE recognition_logs_id_seq AS bigint;

                CREATE TABLE recognition_logs (
                    id bigint NOT NULL DEFAULT nextval('recognition_logs_id_seq'),
                    user_id integer NULL,
                    action character varying NOT NULL,
                    success boolean NOT NULL,
                    confidence double precision NULL,
                    ip_address character varying NULL,
                    user_agent character varying NULL,
                    created_at timestamp with time zone NOT NULL DEFAULT now(),
                    attempted character varying NULL,
                    distance double precision NULL,
                    threshold double precision NULL,
                    model character varying NULL,
                    reason character varying NULL,
                    latency_ms double precision NULL,
                    CONSTRAINT pk_recognition_logs PRIMARY KEY (id),
                    CONSTRAINT fk_recognition_logs_users_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL
                ) PARTITION BY RANGE (id);

                ALTER SEQUENCE recognition_logs_id_seq OWNED BY recognition_logs.id;

                CREATE TABLE recognition_logs_default PARTITION OF recognition_logs DEFAULT;
                """);

            migrationBuilder.CreateIndex(
                name: "ix_faces_user_id",
                table: "faces",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_recognition_logs_action",
                table: "recognition_logs",
                column: "action");

            migrationBuilder.CreateIndex(
                name: "ix_recognition_logs_created_at",
                table: "recognition_logs",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_recognition_logs_user_id",
                table: "recognition_logs",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_reports_created_at",
                table: "reports",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_reports_report_type",
                table: "reports",
                column: "report_type");

            migrationBuilder.CreateIndex(
                name: "ix_reports_report_type_period_start",
                table: "reports",
                columns: new[] { "report_type", "period_start" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_users_email",
                table: "users",
                column: "email",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "faces");

            migrationBuilder.DropTable(
                name: "recognition_logs");

            migrationBuilder.DropTable(
                name: "reports");

            migrationBuilder.DropTable(
                name: "users");
        }
    }
}
