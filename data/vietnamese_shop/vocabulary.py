"""What the simulated people of Vietnam are named, where they live and how their phones begin.

Weights are shares: those of family names are rounded from published rankings, the others set by hand.
"""

FAMILY = {
    "Nguyễn": 31.5,
    "Trần": 10.9,
    "Lê": 8.9,
    "Phạm": 5.9,
    "Hoàng": 2.8,
    "Huỳnh": 2.3,
    "Vũ": 2.5,
    "Võ": 2.4,
    "Phan": 2.8,
    "Trương": 2.2,
    "Bùi": 2.1,
    "Đặng": 1.9,
    "Đỗ": 1.9,
    "Ngô": 1.7,
    "Hồ": 1.5,
    "Dương": 1.4,
    "Đinh": 1.0,
    "Đoàn": 0.8,
    "Lâm": 0.8,
    "Mai": 0.7,
    "Trịnh": 0.7,
    "Đào": 0.6,
    "Cao": 0.6,
    "Lý": 0.6,
    "Hà": 0.5,
    "Lưu": 0.5,
    "Lương": 0.5,
    "Thái": 0.4,
    "Châu": 0.4,
    "Tạ": 0.3,
    "Phùng": 0.3,
    "Tô": 0.3,
    "Vương": 0.3,
    "Tăng": 0.2,
    "Quách": 0.2,
    "Thân": 0.2,
    "Kiều": 0.2,
    "Triệu": 0.2,
    "Nghiêm": 0.2,
    "Ninh": 0.2,
    "Bạch": 0.1,
    "Âu": 0.1,
    "Từ": 0.1,
    "Đàm": 0.1,
    "Văn": 0.1,
}
MIDDLE = {
    "female": (
        "Thị Thị Thị Thị Ngọc Thu Thanh Minh Kim Bích Hồng Phương Mỹ Diệu Thùy Xuân Khánh Bảo Hoài Tuyết Quỳnh "
        "Ánh Lan Mai Hải Như Tường Cẩm "
    ),
    "male": (
        "Văn Văn Văn Đức Minh Hữu Quang Đình Công Thanh Quốc Anh Xuân Ngọc Gia Duy Hoàng Tuấn Trọng Bá Thế Mạnh "
        "Việt Hải Trung Khắc Chí Nhật "
    ),
}
GIVEN = {
    "female": (
        "Lan Hoa Mai Hương Linh Anh Trang Thảo Phương Hà Hằng Hạnh Nga Ngọc Nhung Oanh Thu Thủy Trinh Tuyết Vân "
        "Yến Chi Dung Giang Hiền Huệ Hồng Loan Ly My Nhi Như Quyên Quỳnh Tâm Thanh Thúy Trâm Uyên Vy Xuân Ánh "
        "Bích Châu Diễm Diệp Duyên Khánh Kiều Liên Mỹ Ngân Nguyệt Phượng Sương Thơ Trúc Tú Đào An Hân Hòa Thoa "
        "Thư Tiên "
    ),
    "male": (
        "Hùng Dũng Tuấn Nam Minh Hải Long Sơn Thành Đức Anh Bình Cường Duy Giang Hiếu Hoàng Huy Khang Khoa Kiên "
        "Lâm Linh Lộc Mạnh Nghĩa Nhân Phong Phúc Phước Quang Quân Quốc Tài Tâm Thắng Thiện Thịnh Toàn Trí Trung "
        "Tú Tùng Việt Vinh Vũ Đạt Đông Hòa Hưng Khánh Luân Nguyên Phát Sang Tân Thái Tiến Trường Vương An Bảo "
        "Chiến Hậu "
    ),
}
CITIES = {
    "TP. Hồ Chí Minh": 32,
    "Hà Nội": 24,
    "Đà Nẵng": 7,
    "Hải Phòng": 5,
    "Cần Thơ": 5,
    "Đồng Nai": 6,
    "Bình Dương": 6,
    "Khánh Hòa": 3,
    "Thừa Thiên Huế": 3,
    "Nghệ An": 3,
    "Lâm Đồng": 2,
    "Quảng Ninh": 2,
    "An Giang": 2,
}
SHORT = {
    "TP. Hồ Chí Minh": ["TP. Hồ Chí Minh", "TP Hồ Chí Minh", "Ho Chi Minh"],
    "Thừa Thiên Huế": ["Thừa Thiên Huế", "Thua Thien Hue"],
}
STREETS = (
    "Lê Lợi",
    "Nguyễn Huệ",
    "Trần Hưng Đạo",
    "Hai Bà Trưng",
    "Lý Thường Kiệt",
    "Quang Trung",
    "Nguyễn Trãi",
    "Phan Chu Trinh",
    "Lê Duẩn",
    "Điện Biên Phủ",
    "Cách Mạng Tháng Tám",
    "Nguyễn Văn Cừ",
    "Hùng Vương",
    "Bà Triệu",
    "Phan Đình Phùng",
    "Trần Phú",
    "Lê Hồng Phong",
    "Ngô Quyền",
    "Võ Thị Sáu",
    "Nguyễn Thị Minh Khai",
)
MOBILE = {
    "032": 6,
    "033": 5,
    "034": 5,
    "035": 5,
    "036": 5,
    "037": 5,
    "038": 5,
    "039": 5,
    "070": 3,
    "076": 2,
    "077": 2,
    "078": 2,
    "079": 3,
    "081": 3,
    "082": 3,
    "083": 3,
    "084": 3,
    "085": 3,
    "056": 1,
    "058": 1,
    "059": 1,
    "090": 5,
    "091": 5,
    "093": 4,
    "094": 4,
    "096": 5,
    "097": 6,
    "098": 6,
}
OLD = {
    "070": "0120",
    "079": "0121",
    "077": "0122",
    "076": "0126",
    "078": "0128",
    "083": "0123",
    "084": "0124",
    "085": "0125",
    "081": "0127",
    "082": "0129",
    "056": "0186",
    "058": "0188",
    "059": "0199",
    **{f"03{n}": f"016{n}" for n in range(2, 10)},
}
"""Prefixes of today and what they were before September 2018."""

HOSTS = {"gmail.com": 80, "yahoo.com": 8, "icloud.com": 6, "outlook.com": 6}
