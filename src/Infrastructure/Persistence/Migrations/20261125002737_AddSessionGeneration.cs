using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddSessionGeneration : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "generation",
                table: "sessions",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.Sql("""
                DROP TRIGGER session_changed ON sessions;
                CREATE TRIGGER session_changed
                    AFTER DELETE OR UPDATE OF proven_at, second_factor_at, expires_at, generation, cookie_hash ON sessions
                    FOR EACH ROW EXECUTE FUNCTION faceid_session_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER session_changed ON sessions;
                CREATE TRIGGER session_changed
                    AFTER DELETE OR UPDATE OF proven_at, second_factor_at, expires_at ON sessions
                    FOR EACH ROW EXECUTE FUNCTION faceid_session_changed();
                """);

            migrationBuilder.DropColumn(
                name: "generation",
                table: "sessions");
        }
    }
}
