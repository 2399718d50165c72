namespace FaceId.Application.Users.SignIn;

/// <summary>
/// Gives a device that signed in a token by which it is known again. It lets nobody in; it only keeps the owner's attempts apart from
/// those of strangers, who therefore cannot lock the owner out.
/// </summary>
public interface IKnownDevices
{
    string Issue(int userId);

    /// <returns>The device's id, if this token was issued to a device of this account.</returns>
    string? Recognise(string? token, int userId);
}
