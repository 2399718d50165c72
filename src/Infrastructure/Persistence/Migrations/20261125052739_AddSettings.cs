using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddSettings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "settings",
                columns: table => new
                {
                    name = table.Column<string>(type: "character varying", nullable: false),
                    value = table.Column<string>(type: "jsonb", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_settings", x => x.name);
                    table.ForeignKey(
                        name: "fk_settings_users_updated_by",
                        column: x => x.updated_by,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateIndex(
                name: "ix_settings_updated_by",
                table: "settings",
                column: "updated_by");

            migrationBuilder.Sql("""
                CREATE TRIGGER settings_changed
                    AFTER INSERT OR DELETE OR UPDATE ON settings
                    FOR EACH STATEMENT EXECUTE FUNCTION faceid_table_changed();
                CREATE TRIGGER emptied AFTER TRUNCATE ON settings FOR EACH STATEMENT EXECUTE FUNCTION faceid_table_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "settings");
        }
    }
}
