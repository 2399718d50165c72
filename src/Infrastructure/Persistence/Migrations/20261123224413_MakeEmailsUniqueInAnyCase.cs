using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class MakeEmailsUniqueInAnyCase : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // We store addresses in lower case; other programs that write this table may not.
            migrationBuilder.Sql("CREATE UNIQUE INDEX ux_users_email_lower ON users (lower(email));");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP INDEX ux_users_email_lower;");
        }
    }
}
