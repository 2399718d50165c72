using FaceId.Domain.Users;

namespace FaceId.Application.Users;

/// <param name="MinLength">How many characters a new password needs, from <see cref="Password.LowestMinLength"/> to
/// <see cref="Password.HighestMinLength"/>.</param>
public sealed record PasswordOptions(int MinLength = Password.DefaultMinLength);
