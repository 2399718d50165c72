using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AddPasswordExpiry : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Null, also for the rows of other programs: the person chose the password themselves.
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "password_expires_at",
                table: "users",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.Sql("""
                DROP TRIGGER user_changed ON users;
                CREATE TRIGGER user_changed
                    AFTER DELETE OR UPDATE OF role, is_active, is_verified, mfa_enabled, mfa_setup_required, password_expires_at ON users
                    FOR EACH ROW EXECUTE FUNCTION faceid_user_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER user_changed ON users;
                CREATE TRIGGER user_changed
                    AFTER DELETE OR UPDATE OF role, is_active, is_verified, mfa_enabled, mfa_setup_required ON users
                    FOR EACH ROW EXECUTE FUNCTION faceid_user_changed();
                """);

            migrationBuilder.DropColumn(
                name: "password_expires_at",
                table: "users");
        }
    }
}
